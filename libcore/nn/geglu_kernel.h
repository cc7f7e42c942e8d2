// value * gelu(gate) in one pass over memory, forward and backward, on plain float arrays.
// Torch-free.
#pragma once
#include <cstdint>

namespace svg::nn {

// x [rows, 2 width], value and gate side by side in each row -> y [rows, width]. gelu(t) = t
// P(normal <= t), the exact one.
void geglu(const float* x, int64_t rows, int64_t width, float* y);

// From the gradient of y: that of x.
void geglu_backward(const float* x, const float* grad_y, int64_t rows, int64_t width,
                    float* grad_x);

}  // namespace svg::nn
