// value * gelu(gate) in one pass over memory, forward and backward, on plain arrays of floats or
// bfloat16, computed in fp32. Torch-free.
#pragma once
#include <cstdint>

#include "libcore/nn/bfloat16.h"

namespace svg::nn {

// x [rows, 2 width], value and gate side by side in each row, each with `bias` [2 width] added
// where that is not null -> y [rows, width]. gelu(t) = t P(normal <= t), the exact one.
void geglu(const float* x, const float* bias, int64_t rows, int64_t width, float* y);
void geglu(const BFloat16* x, const BFloat16* bias, int64_t rows, int64_t width, BFloat16* y);

// From the gradient of y: that of x, whose rows are added to `sums` [2 width] where that is not
// null.
void geglu_backward(const float* x, const float* bias, const float* grad_y, int64_t rows,
                    int64_t width, float* grad_x, float* sums);
void geglu_backward(const BFloat16* x, const BFloat16* bias, const BFloat16* grad_y, int64_t rows,
                    int64_t width, BFloat16* grad_x, float* sums);

}  // namespace svg::nn
