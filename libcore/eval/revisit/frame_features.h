// The network features of an episode's frames, each computed once: most of what src_c costs.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <vector>

#include "libcore/eval/resnet18.h"

namespace svg::eval {

class FrameFeatures {
 public:
  // Of frames `numbers`, [N, 512] f32. `frames`: u8 [G, H, W, 3], always the same ones, of which
  // the first has number `first`.
  at::Tensor of(const ResNet18& resnet, const at::Tensor& frames, int64_t first,
                const std::vector<int64_t>& numbers);

 private:
  std::map<int64_t, at::Tensor> known_;
};

}  // namespace svg::eval
