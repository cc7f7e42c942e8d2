#include "libcore/nn/norm_silu_kernel.h"

#include <cmath>

#include "libcore/nn/vector_math.h"

namespace svg::nn {
namespace {

template <class Number>
SVG_INLINE NormStatistics all_forward(const NormGroup<Number>& group, float eps, Number* y) {
  const int64_t count = group.channels * group.pixels;
  const Number* const x = group.x;
  float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += widened(x[i]);
  const float mean = sum / static_cast<float>(count);
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < count; ++i) squares += (widened(x[i]) - mean) * (widened(x[i]) - mean);
  const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(count) + eps);
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * widened(group.weight[c]),
                shift = widened(group.bias[c]) - mean * slope;
    const Number* __restrict const from = x + c * group.pixels;
    Number* __restrict const to = y + c * group.pixels;
#pragma omp simd
    for (int64_t i = 0; i < group.pixels; ++i) {
      const float normed = widened(from[i]) * slope + shift;
      round_to(&to[i], normed * sigmoid(normed));
    }
  }
  return {mean, rstd};
}

template <class Number>
SVG_INLINE void all_backward(const NormGroup<Number>& group, const NormStatistics& statistics,
                             const Number* grad_y, float* scratch, Number* grad_x,
                             float* grad_weight, float* grad_bias) {
  const auto [mean, rstd] = statistics;
  float of_bias = 0,
        of_x = 0;  // over the group: sums of the gradient before the weight, alone and times x
  for (int64_t c = 0; c < group.channels; ++c) {
    const float weight = widened(group.weight[c]);
    const float slope = rstd * weight, shift = widened(group.bias[c]) - mean * slope;
    const Number* __restrict const from = group.x + c * group.pixels;
    const Number* __restrict const grad = grad_y + c * group.pixels;
    float* __restrict const to = scratch + c * group.pixels;
    float alone = 0, times_x = 0;
#pragma omp simd reduction(+ : alone, times_x) simdlen(8)
    for (int64_t i = 0; i < group.pixels; ++i) {
      const float x = widened(from[i]);
      const float normed = x * slope + shift, s = sigmoid(normed);
      const float after = widened(grad[i]) * s *
                          (1.0f + normed * (1.0f - s));  // the gradient after the normalization
      to[i] = after;
      alone += after;
      times_x += after * (x - mean);
    }
    grad_bias[c] = alone;
    grad_weight[c] = times_x * rstd;
    of_bias += weight * alone;
    of_x += weight * times_x;
  }
  // d x = rstd (weight d - mean(weight d) - normalized mean(weight d normalized))
  const auto count = static_cast<float>(group.channels * group.pixels);
  const float along = -of_x * rstd * rstd * rstd / count,
              constant = -of_bias * rstd / count - along * mean;
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * widened(group.weight[c]);
    const Number* __restrict const from = group.x + c * group.pixels;
    const float* const after = scratch + c * group.pixels;
    Number* const to = grad_x + c * group.pixels;  // of floats, the same as `after`
#pragma omp simd
    for (int64_t i = 0; i < group.pixels; ++i)
      round_to(&to[i], after[i] * slope + widened(from[i]) * along + constant);
  }
}

}  // namespace

SVG_VECTORIZED NormStatistics norm_silu(const NormGroup<float>& group, float eps, float* y) {
  return all_forward(group, eps, y);
}
SVG_VECTORIZED NormStatistics norm_silu(const NormGroup<BFloat16>& group, float eps, BFloat16* y) {
  return all_forward(group, eps, y);
}
SVG_VECTORIZED void norm_silu_backward(const NormGroup<float>& group,
                                       const NormStatistics& statistics, const float* grad_y,
                                       float* scratch, float* grad_x, float* grad_weight,
                                       float* grad_bias) {
  all_backward(group, statistics, grad_y, scratch, grad_x, grad_weight, grad_bias);
}
SVG_VECTORIZED void norm_silu_backward(const NormGroup<BFloat16>& group,
                                       const NormStatistics& statistics, const BFloat16* grad_y,
                                       float* scratch, BFloat16* grad_x, float* grad_weight,
                                       float* grad_bias) {
  all_backward(group, statistics, grad_y, scratch, grad_x, grad_weight, grad_bias);
}

}  // namespace svg::nn
