#include "libcore/nn/norm_silu_kernel.h"

#include <cmath>

#include "libcore/nn/vector_math.h"

namespace svg::nn {

SVG_VECTORIZED NormStatistics norm_silu(const NormGroup& group, float eps, float* y) {
  const int64_t count = group.channels * group.pixels;
  const float* const x = group.x;
  float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += x[i];
  const float mean = sum / static_cast<float>(count);
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < count; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(count) + eps);
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * group.weight[c], shift = group.bias[c] - mean * slope;
    const float* __restrict const from = x + c * group.pixels;
    float* __restrict const to = y + c * group.pixels;
#pragma omp simd
    for (int64_t i = 0; i < group.pixels; ++i) {
      const float normed = from[i] * slope + shift;
      to[i] = normed * sigmoid(normed);
    }
  }
  return {mean, rstd};
}

SVG_VECTORIZED void norm_silu_backward(const NormGroup& group, const NormStatistics& statistics,
                                       const float* grad_y, float* grad_x, float* grad_weight,
                                       float* grad_bias) {
  const auto [mean, rstd] = statistics;
  float of_bias = 0,
        of_x = 0;  // over the group: sums of the gradient before the weight, alone and times x
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * group.weight[c], shift = group.bias[c] - mean * slope;
    const float* __restrict const from = group.x + c * group.pixels;
    const float* __restrict const grad = grad_y + c * group.pixels;
    float* __restrict const to = grad_x + c * group.pixels;
    float alone = 0, times_x = 0;
#pragma omp simd reduction(+ : alone, times_x) simdlen(8)
    for (int64_t i = 0; i < group.pixels; ++i) {
      const float normed = from[i] * slope + shift, s = sigmoid(normed);
      const float after =
          grad[i] * s * (1.0f + normed * (1.0f - s));  // the gradient after the normalization
      to[i] = after;
      alone += after;
      times_x += after * (from[i] - mean);
    }
    grad_bias[c] = alone;
    grad_weight[c] = times_x * rstd;
    of_bias += group.weight[c] * alone;
    of_x += group.weight[c] * times_x;
  }
  // d x = rstd (weight d - mean(weight d) - normalized mean(weight d normalized))
  const auto count = static_cast<float>(group.channels * group.pixels);
  const float along = -of_x * rstd * rstd * rstd / count,
              constant = -of_bias * rstd / count - along * mean;
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * group.weight[c];
    const float* __restrict const from = group.x + c * group.pixels;
    float* __restrict const to = grad_x + c * group.pixels;
    for (int64_t i = 0; i < group.pixels; ++i) to[i] = to[i] * slope + from[i] * along + constant;
  }
}

}  // namespace svg::nn
