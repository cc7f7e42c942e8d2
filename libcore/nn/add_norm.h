// What stands between two matrix products of a transformer in one pass over memory, for a CPU
// (has_kernel() in one_pass.h): the bias of the first, the residual, the layer normalization.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/nn/layers.h"

namespace svg::nn {

// y + bias + residual: y and residual [rows, D], bias [D]. Undefined is nothing.
at::Tensor add_rows(const at::Tensor& y, const at::Tensor& bias, const at::Tensor& residual);

// That sum, and its normalization.
struct AddedRows {
  at::Tensor sum, normed;
};
AddedRows add_norm(const LayerNorm&, const at::Tensor& y, const at::Tensor& bias,
                   const at::Tensor& residual);

}  // namespace svg::nn
