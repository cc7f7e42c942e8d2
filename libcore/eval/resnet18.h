// ResNet-18 up to its global average pool (torchvision 0.26 `resnet18`): the features behind SRC
// (metrics.md 2.6).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libcore/eval/features/network_weights.h"

namespace svg::eval {

struct BatchNormConv {
  at::Tensor weight;                                             // [out, in, k, k]
  at::Tensor norm_weight, norm_bias, running_mean, running_var;  // [out]
  int64_t stride = 1, padding = 1;
};

struct ResNet18 {
  BatchNormConv stem;
  struct Block {
    BatchNormConv first, second;
    std::vector<BatchNormConv> shortcut;  // one where the width changes
  };
  std::vector<Block> blocks;  // eight
};

// torchvision's own initialisation (Kaiming normal, fan out; norms 1 and 0) from a seed: profile
// suffix "_rand".
ResNet18 random_resnet18(uint64_t seed);

// The weights of a file with torchvision's names. Throws what NetworkWeights::finish() does.
ResNet18 make_resnet18(NetworkWeights& weights);

// frames u8 [N, H, W, 3] -> [N, 512] f32. Resized to 224 x 224 (bilinear, no antialias), ImageNet
// mean and deviation.
at::Tensor features(const ResNet18&, const at::Tensor& frames);

}  // namespace svg::eval
