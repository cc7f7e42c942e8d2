// Normalization and SiLU as one step of autograd: what lies between them is neither written out nor
// kept for backward, where it is made again.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/nn/layers.h"

namespace svg::nn {

// silu(group_norm(x)), x [N, C, ...]. On a CPU in fp32 one pass over memory (norm_silu_kernel.h),
// on a GPU in channels last kernels of our own (group_norm_last.h), elsewhere PyTorch's two.
at::Tensor norm_silu(const GroupNorm&, const at::Tensor& x);

}  // namespace svg::nn
