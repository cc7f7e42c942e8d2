// value * gelu(gate) in one pass over memory, forward and backward, on plain arrays of floats or
// bfloat16, computed in fp32. Torch-free.
#pragma once
#include <cstdint>

#include "libcore/nn/bfloat16.h"

namespace svg::nn {

// x [rows, 2 width], value and gate side by side in each row -> y [rows, width]. gelu(t) = t
// P(normal <= t), the exact one.
void geglu(const float* x, int64_t rows, int64_t width, float* y);
void geglu(const BFloat16* x, int64_t rows, int64_t width, BFloat16* y);

// From the gradient of y: that of x.
void geglu_backward(const float* x, const float* grad_y, int64_t rows, int64_t width,
                    float* grad_x);
void geglu_backward(const BFloat16* x, const BFloat16* grad_y, int64_t rows, int64_t width,
                    BFloat16* grad_x);

}  // namespace svg::nn
