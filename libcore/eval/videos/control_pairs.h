// The pairs of frames that a place seen again is held against, of the same video (R2M-Bench,
// arXiv 2608.27328; AMAP-ML/R2MBench, src/pair_sampling.py): a picture that never changes is as
// alike to itself in any of them, so that its returns gain nothing.
#pragma once
#include <cstdint>
#include <vector>

#include "libcore/eval/features/scene_return.h"

namespace svg::eval {

struct FramePair {
  int64_t earlier = 0, later = 0;

  int64_t gap() const { return later - earlier; }
  bool operator==(const FramePair&) const = default;
};

struct ControlPairs {
  std::vector<FramePair> returns;   // R: the returns themselves, each pair of frames once
  std::vector<FramePair> baseline;  // B: as far apart, but no return
  std::vector<FramePair> near;      // S: a few frames apart
};

// returns: at most 100, evenly chosen, of those from one pose that are farther apart than a pair of
// `near`.
// baseline: for each return at most one pair whose gap differs by no more than 30 % or 10 frames,
// whichever is more, and whose frames are not both within 10 of two that show the same place. Its
// earlier frame lies in the same tenth of the video, or where that has fewer than two frames that
// are in no return, in the tenths around it. The gap that differs least is taken; of those that
// differ equally a draw decides, whose seed is the return's frames. The reference takes the best of
// 500 draws, where no frame may be one of a return. We allow that where there is nothing else: on a
// walk that turns on the spot, every frame is. near: 2 to max(6, n / 50) frames apart, as many as
// there are returns, but from 20 to 100, evenly over the video; the gap is drawn. Throws
// Error{Data} for a return whose frames are not there.
ControlPairs control_pairs(const std::vector<Return>& returns, int64_t frame_count);

}  // namespace svg::eval
