// Scene return consistency: how alike what is shown at a place is to what was shown there first
// (metrics.md 2.6: SRC).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace svg::eval {

// A place seen again: the frame in which it was seen first, and one of a later visit.
struct Return {
  int64_t place = 0, first = 0, again = 0;
  bool shifted = false;  // from another pose: what it shows is not what was shown
};

// Those from the pose of the first visit.
std::vector<Return> same_pose(const std::vector<Return>& returns);

// 100 times the mean over places of the mean over returns of the cosine between the features of
// the two frames; nothing where there is no return.
//   features [F, D] f32 or f64, of each frame
//   mean     [D], what is taken off first (src_c); undefined: nothing is (src)
// A feature of length 0 has cosine 0. Throws Error{Data} for a frame that is not there, and numbers
// that are not finite.
std::optional<double> scene_return(const at::Tensor& features, const std::vector<Return>& returns,
                                   const at::Tensor& mean = {});

// VBench's subject consistency (arXiv 2311.17982) of features [F, D]: the mean over all frames but
// the first of (max(0, cosine to the previous) + max(0, cosine to the first)) / 2; nothing for
// fewer than two. A picture that never changes has 1.
std::optional<double> subject_consistency(const at::Tensor& features);

}  // namespace svg::eval
