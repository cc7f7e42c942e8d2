// Scene cuts as PySceneDetect 0.7.2 finds them with its defaults (ContentDetector,
// AdaptiveDetector), and how visible the seams between chunks are. Frames, then scores, go in one
// by one; the profile counts in frames, whatever the rate of the video.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "libcore/eval/pixels/frame_view.h"
#include "libcore/eval/pixels/hsv.h"

namespace svg::eval {

// How much a frame differs from the one before: the mean over hue, saturation and value of the mean
// absolute difference, 0 to 255. Hue is no circle here: red to red may count 179.
class ContentScores {
 public:
  // 0 for the first frame. Throws Error{Config} for a frame of another size.
  double next(const ByteFrame& frame);

 private:
  int height_ = 0, width_ = 0;
  std::vector<Hsv> previous_, current_;
};

constexpr int64_t kLeastScene = 15;  // frames

// scuts_content_v1: scores of 27 and more; cuts closer than kLeastScene are merged.
class ContentCuts {
 public:
  // A cut that this frame's score settles: its frame.
  std::optional<int64_t> next(double score);

 private:
  int64_t frame_ = 0, last_above_ = 0, merge_start_ = 0;
  bool merge_enabled_ = false, merging_ = false;
};

// scuts_adaptive_v1: scores of 15 and more that are three times the mean of the two frames before
// and the two behind. The first two frames and the last two are never cuts.
class AdaptiveCuts {
 public:
  // Settles the frame two before this one.
  std::optional<int64_t> next(double score);

 private:
  std::array<double, 5> window_{};  // the last scores, the newest last
  int64_t frame_ = 0, last_cut_ = 0;
};

// seam_v1: the median score at chunk borders over the median inside chunks; 1 where seams cannot be
// seen. border[t]: frame t is the first of a chunk; frame 0 has no score and does not count.
// Nothing where there is no border, no frame inside, or no movement there.
std::optional<double> seam_ratio(const std::vector<double>& scores,
                                 const std::vector<bool>& border);

}  // namespace svg::eval
