// LPIPS 0.1 over AlexNet (metrics.md 2.2; reference: lpips 0.1.4).
#pragma once
#include <ATen/core/Tensor.h>

#include <array>

#include "libcore/eval/features/network_weights.h"

namespace svg::eval {

struct LpipsAlex {
  struct Layer {
    at::Tensor weight, bias;  // [out, in, k, k], [out]
    int64_t stride = 1, padding = 1;
    bool pooled = false;  // 3 x 3, stride 2, before it
    at::Tensor head;      // [1, out, 1, 1]
  };
  std::array<Layer, 5> layers;
};

// `trunk`: torchvision's AlexNet, whose classifier is not used. `heads`: lpips' linear layers
// (lin0.model.1.weight ...); drawn, all channels of a layer count alike. Throws what
// NetworkWeights::finish() does.
LpipsAlex make_lpips_alex(NetworkWeights& trunk, NetworkWeights& heads);

// Frames u8 [N, H, W, 3] of one shape -> f64 [N], 0 where equal. Frames whose shorter side is below
// 128 pixels are enlarged to that.
at::Tensor lpips(const LpipsAlex&, const at::Tensor& a, const at::Tensor& b);

}  // namespace svg::eval
