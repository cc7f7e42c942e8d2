// Adapted weights, W + s B A, of many layers and episodes: on a GPU in one launch (libcore/cuda),
// elsewhere layer by layer.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "libcore/cuda/plugin.h"

namespace svg::fast {

struct MergedLayer {
  at::Tensor w;       // [out, in]
  at::Tensor a, b;    // [E, R, in], [E, out, R] f32
  at::Tensor merged;  // [E, out, in], dtype of w: gets the sum, which is made in fp32; for one
                      // episode it may lie where w does
};

class MergedWeights {
 public:
  void compute(const std::vector<MergedLayer>& layers, double scale);

 private:
  bool compute_at_once(const std::vector<MergedLayer>& layers, double scale);

  std::vector<cuda::MergeLayer> known_;  // what the table on the device says
  std::shared_ptr<void> table_;
};

}  // namespace svg::fast
