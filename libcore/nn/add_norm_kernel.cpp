#include "libcore/nn/add_norm_kernel.h"

#include <cmath>

#include "libcore/nn/vector_math.h"

namespace svg::nn {
namespace {

// to = y + bias + residual, of those that are there.
template <class Number>
SVG_INLINE void add_row(int64_t width, const Number* __restrict y, const Number* __restrict bias,
                        const Number* __restrict residual, Number* __restrict to) {
  if (bias != nullptr && residual != nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i)
      round_to(&to[i], widened(y[i]) + widened(bias[i]) + widened(residual[i]));
  } else {
    const Number* __restrict const other = bias != nullptr ? bias : residual;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) round_to(&to[i], widened(y[i]) + widened(other[i]));
  }
}

template <class Number>
SVG_INLINE void all_forward(const AddNorm<Number>& all, int64_t rows, const Number* y,
                            const Number* residual, Number* h, Number* normed, float* means,
                            float* rstds) {
  const int64_t width = all.width;
  const Number* __restrict const weight = all.weight;
  const Number* __restrict const shift = all.shift;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t first = row * width;
    if (h != nullptr)
      add_row(width, y + first, all.bias, residual != nullptr ? residual + first : nullptr,
              h + first);
    if (weight == nullptr) continue;
    // From the rounded numbers, as backward has them.
    const Number* __restrict const x = (h != nullptr ? h : y) + first;
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < width; ++i) sum += widened(x[i]);
    const float mean = sum / static_cast<float>(width);
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < width; ++i) squares += (widened(x[i]) - mean) * (widened(x[i]) - mean);
    const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(width) + all.eps);
    means[row] = mean;
    rstds[row] = rstd;
    Number* __restrict const to = normed + first;
    const float centre = -mean * rstd;  // in PyTorch's order, so that both round alike
#pragma omp simd
    for (int64_t i = 0; i < width; ++i)
      round_to(&to[i], (widened(x[i]) * rstd + centre) * widened(weight[i]) + widened(shift[i]));
  }
}

template <class Number>
SVG_INLINE void all_backward(const AddNorm<Number>& all, int64_t rows, const Number* h,
                             const float* means, const float* rstds, const Number* grad_h,
                             const Number* grad_normed, Number* grad_y, const AddNormSums& sums) {
  const int64_t width = all.width;
  const Number* __restrict const weight = all.weight;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t first = row * width;
    const Number* __restrict const x = h + first;
    const Number* __restrict const grad = grad_normed + first;
    Number* __restrict const to = grad_y + first;
    const float mean = means[row], rstd = rstds[row];
    float alone = 0, times_x = 0;  // sums of the gradient before the weight, alone and times x
#pragma omp simd reduction(+ : alone, times_x)
    for (int64_t i = 0; i < width; ++i) {
      const float before = widened(grad[i]) * widened(weight[i]);
      alone += before;
      times_x += before * (widened(x[i]) - mean);
    }
    const float along = -times_x * rstd * rstd * rstd / static_cast<float>(width),
                constant = -alone * rstd / static_cast<float>(width);
    if (sums.weight != nullptr) {
      float* __restrict const of_weight = sums.weight;
      float* __restrict const of_shift = sums.shift;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) {
        const float g = widened(grad[i]);
        of_weight[i] += g * (widened(x[i]) - mean) * rstd;
        of_shift[i] += g;
      }
    }
    if (grad_h != nullptr) {
      const Number* __restrict const residual = grad_h + first;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i)
        round_to(&to[i], widened(grad[i]) * widened(weight[i]) * rstd +
                             (widened(x[i]) - mean) * along + constant + widened(residual[i]));
    } else {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i)
        round_to(&to[i], widened(grad[i]) * widened(weight[i]) * rstd +
                             (widened(x[i]) - mean) * along + constant);
    }
    if (sums.bias != nullptr) {
      float* __restrict const of_bias = sums.bias;
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) of_bias[i] += widened(to[i]);
    }
  }
}

template <class Number>
SVG_INLINE void all_rows(const Number* x, int64_t rows, int64_t width, float* __restrict sums) {
  for (int64_t row = 0; row < rows; ++row) {
    const Number* __restrict const from = x + row * width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) sums[i] += widened(from[i]);
  }
}

}  // namespace

SVG_VECTORIZED void add_norm(const AddNorm<float>& all, int64_t rows, const float* y,
                             const float* residual, float* h, float* normed, float* mean,
                             float* rstd) {
  all_forward(all, rows, y, residual, h, normed, mean, rstd);
}
SVG_VECTORIZED void add_norm(const AddNorm<BFloat16>& all, int64_t rows, const BFloat16* y,
                             const BFloat16* residual, BFloat16* h, BFloat16* normed, float* mean,
                             float* rstd) {
  all_forward(all, rows, y, residual, h, normed, mean, rstd);
}
SVG_VECTORIZED void add_norm_backward(const AddNorm<float>& all, int64_t rows, const float* h,
                                      const float* mean, const float* rstd, const float* grad_h,
                                      const float* grad_normed, float* grad_y,
                                      const AddNormSums& sums) {
  all_backward(all, rows, h, mean, rstd, grad_h, grad_normed, grad_y, sums);
}
SVG_VECTORIZED void add_norm_backward(const AddNorm<BFloat16>& all, int64_t rows, const BFloat16* h,
                                      const float* mean, const float* rstd, const BFloat16* grad_h,
                                      const BFloat16* grad_normed, BFloat16* grad_y,
                                      const AddNormSums& sums) {
  all_backward(all, rows, h, mean, rstd, grad_h, grad_normed, grad_y, sums);
}
SVG_VECTORIZED void add_rows(const float* x, int64_t rows, int64_t width, float* sums) {
  all_rows(x, rows, width, sums);
}
SVG_VECTORIZED void add_rows(const BFloat16* x, int64_t rows, int64_t width, float* sums) {
  all_rows(x, rows, width, sums);
}

}  // namespace svg::nn
