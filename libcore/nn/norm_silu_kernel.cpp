#include "libcore/nn/norm_silu_kernel.h"

#include <bit>
#include <cmath>

// The same code for what processors offer, chosen when the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SVG_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SVG_VECTORIZED
#endif
#define SVG_INLINE inline __attribute__((always_inline))

namespace svg::nn {
namespace {

// e^x within 2 units in the last place, without a branch: 2^n e^r with |r| <= ln(2) / 2, the second by its Taylor series. Not a number stays so.
// Beyond +-60 as there: a sigmoid is 0 or 1 to all digits long before, and numbers that are almost too small for a float cost a hundred times as much.
SVG_INLINE float exponential(float x) {
  x = x < -60.0f ? -60.0f : x;
  x = x > 60.0f ? 60.0f : x;
  const float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: the sum's last bits are round(x / ln 2)
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;  // ln 2 in two parts: the first has few digits, so that its product is exact
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * std::bit_cast<float>((std::bit_cast<int32_t>(shifted) << 23) + 0x3f800000);
}

SVG_INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

}  // namespace

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

SVG_VECTORIZED void norm_silu_backward(const NormGroup& group, const NormStatistics& statistics, const float* grad_y, float* grad_x,
                                       float* grad_weight, float* grad_bias) {
  const auto [mean, rstd] = statistics;
  float of_bias = 0, of_x = 0;  // over the group: sums of the gradient before the weight, alone and times x
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * group.weight[c], shift = group.bias[c] - mean * slope;
    const float* __restrict const from = group.x + c * group.pixels;
    const float* __restrict const grad = grad_y + c * group.pixels;
    float* __restrict const to = grad_x + c * group.pixels;
    float alone = 0, times_x = 0;
#pragma omp simd reduction(+ : alone, times_x) simdlen(8)
    for (int64_t i = 0; i < group.pixels; ++i) {
      const float normed = from[i] * slope + shift, s = sigmoid(normed);
      const float after = grad[i] * s * (1.0f + normed * (1.0f - s));  // the gradient after the normalization
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
  const float along = -of_x * rstd * rstd * rstd / count, constant = -of_bias * rstd / count - along * mean;
  for (int64_t c = 0; c < group.channels; ++c) {
    const float slope = rstd * group.weight[c];
    const float* __restrict const from = group.x + c * group.pixels;
    float* __restrict const to = grad_x + c * group.pixels;
    for (int64_t i = 0; i < group.pixels; ++i) to[i] = to[i] * slope + from[i] * along + constant;
  }
}

}  // namespace svg::nn
