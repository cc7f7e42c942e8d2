// How well a frame becomes the next one when each of its pixels goes where flow says: MAWE
// (StreamingT2V, arXiv 2403.14773; its mawe.py). And how much moves at all.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "libcore/eval/pixels/frame_view.h"

namespace svg::eval {

struct FlowView {
  const float* data = nullptr;  // [2, H, W]: pixels right, then down; NaN: the pixel goes nowhere
  int height = 0, width = 0;

  int64_t pixel_count() const { return int64_t{height} * width; }
};

// Each pixel of `from` lands on the nearest pixel (halves on the even one), later ones, in reading
// order, on top. The mean squared error over the values of `to` that something landed on; over
// none, 0. Throws Error{Config} where the three have not one size.
double warp_error(const ByteFrame& from, const ByteFrame& to, const FlowView& flow);

// Mean length over the pixels that go somewhere; 0 where none does.
double mean_motion(const FlowView& flow);

// Mean length of the fastest 5 % of them, one at least.
double fastest_motion(const FlowView& flow);

// A pair's part in MAWE: error / (9.5 * mean motion); nothing below 1e-6 pixels of motion.
std::optional<double> motion_aware(double error, double motion);

// VBench's dynamic degree (arXiv 2311.17982) of one clip: whether the fastest 5 % move by more than
// 6 pixels of 256 in at least round(4 n / 16) pairs, n its frames, and in one.
//   fastest  of each pair of frames
bool is_dynamic(const std::vector<double>& fastest, int64_t frames, int least_side);

}  // namespace svg::eval
