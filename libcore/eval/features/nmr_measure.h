// nmr_v1: what a return shows of the first visit, beyond what any two frames of the same video
// share (R2M-Bench, arXiv 2608.27328).
#pragma once
#include <memory>
#include <set>
#include <vector>

#include "libcore/eval/features/networks.h"
#include "libcore/eval/features/scene_return.h"
#include "libcore/eval/videos/video_measure.h"
#include "libcore/video/image.h"

namespace svg::eval {

// R, B and S: means over the returns, the baseline and the near pairs of a video
// (videos/control_pairs.h). Gain = R - B, range = S - B; of LPIPS, a distance, B - R and B - S.
// NMR = gain / range; nothing where the range is no more than 1e-8. Over several videos it is the
// mean gain over the mean range of those that have one (the reference's
// src/compute_nmr_summary.py), so that a video counts by its range: VideoScore::weight.
class NmrMeasure {
 public:
  // Of `metrics` those that begin with nmr_; `networks` must outlive it. Keeps the frames on the
  // disk. Throws Error{CannotCreate}.
  NmrMeasure(const std::set<Metric>& metrics, const Networks& networks,
             std::vector<Return> returns);
  ~NmrMeasure();
  NmrMeasure(const NmrMeasure&) = delete;
  NmrMeasure& operator=(const NmrMeasure&) = delete;

  void add(const video::Image& frame);
  // Adds nmr_psnr_return, _baseline, _near, _gain and nmr_psnr itself to `video`, likewise for
  // ssim, lpips, src and src_efflite0. Throws what control_pairs() does, Error{Data} for frames
  // that are too small for SSIM.
  void finish(VideoScores& video);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace svg::eval
