// src_c: SRC of features from which the mean over all true frames is taken first (metrics.md 2.6).
// It tells a right scene from a wrong one even with random weights, but is known only when all
// videos have been seen.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "libcore/eval/features/scene_return.h"

namespace svg::eval {

// What a video leaves for it.
struct ReturnFeatures {
  at::Tensor frames;            // [F, D], of the frames that return
  std::vector<Return> returns;  // by rows of `frames`
  at::Tensor true_sum;          // [D] f64, over some frames of the reference
  int64_t true_count = 0;
};

class CentredReturns {
 public:
  void add(ReturnFeatures video);
  bool empty() const { return videos_.empty(); }
  // Of each video, as they were added; NaN for one without returns. Returns from another pose do
  // not count.
  std::vector<double> finish() const;

 private:
  std::vector<ReturnFeatures> videos_;
};

}  // namespace svg::eval
