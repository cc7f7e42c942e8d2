// Group normalization of images whose channels lie next to each other in memory (channels last),
// which PyTorch's on a GPU would first bring into another order, with the SiLU after it: by kernels
// of the CUDA plugin. What lies between is not kept for backward.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/nn/layers.h"

namespace svg::nn {

// Whether x [N, C, H, W] lies so, and there are kernels for its device and dtype.
bool has_kernel_for_channels_last(const at::Tensor& x);

// group_norm(x), through SiLU where `silu`; such an x -> [N, C, H, W] in channels last.
at::Tensor group_norm_last(const GroupNorm&, const at::Tensor& x, bool silu);

}  // namespace svg::nn
