// What stands between two matrix products of a transformer, on rows, in one pass over memory: the
// bias of the first, the residual, the layer normalization before the second; forward and backward,
// on plain arrays of floats or bfloat16, computed in fp32. Torch-free.
#pragma once
#include <cstdint>

#include "libcore/nn/bfloat16.h"

namespace svg::nn {

template <class Number>
struct AddNorm {
  int64_t width = 0;
  const Number* bias = nullptr;    // [width]; none where null
  const Number* weight = nullptr;  // [width], of the normalization; none is made where null
  const Number* shift = nullptr;   // [width]
  float eps = 0;
};

// h = y + bias + residual, normed = (h - mean) rstd weight + shift, for rows of `width` numbers one
// after the other; mean and rstd [rows]. `residual` may be null; h null where it would be y.
void add_norm(const AddNorm<float>&, int64_t rows, const float* y, const float* residual, float* h,
              float* normed, float* mean, float* rstd);
void add_norm(const AddNorm<BFloat16>&, int64_t rows, const BFloat16* y, const BFloat16* residual,
              BFloat16* h, BFloat16* normed, float* mean, float* rstd);

// What the rows add to the gradients of bias, weight and shift, [width] each; null where not
// wanted.
struct AddNormSums {
  float* bias = nullptr;
  float* weight = nullptr;
  float* shift = nullptr;
};

// From the gradients of h (null: zeros) and of normed, that of y, which is the residual's too.
void add_norm_backward(const AddNorm<float>&, int64_t rows, const float* h, const float* mean,
                       const float* rstd, const float* grad_h, const float* grad_normed,
                       float* grad_y, const AddNormSums&);
void add_norm_backward(const AddNorm<BFloat16>&, int64_t rows, const BFloat16* h, const float* mean,
                       const float* rstd, const BFloat16* grad_h, const BFloat16* grad_normed,
                       BFloat16* grad_y, const AddNormSums&);

// sums [width] += the rows of x.
void add_rows(const float* x, int64_t rows, int64_t width, float* sums);
void add_rows(const BFloat16* x, int64_t rows, int64_t width, float* sums);

}  // namespace svg::nn
