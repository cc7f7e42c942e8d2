// The gate of diffusers' feed-forward layers as one step of autograd: only its input is kept for
// backward.
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::nn {

// value * gelu(gate), where x [rows, 2 D], plus `bias` [2 D] where that is defined, is value and
// gate side by side -> [rows, D]. gelu is the exact one. On a CPU in fp32 or bf16 one pass over
// memory (geglu_kernel.h), elsewhere PyTorch's operations.
at::Tensor geglu(const at::Tensor& x, const at::Tensor& bias = {});

}  // namespace svg::nn
