#include "libcore/nn/geglu_kernel.h"

#include <cmath>

#include "libcore/nn/vector_math.h"

namespace svg::nn {
namespace {

// The normal distribution at t: its density, and the part of it below t.
struct Normal {
  float density, below;
};

SVG_INLINE Normal normal_at(float t) {
  const float bell = exponential(-0.5f * t * t);
  // The tail beyond |t| is bell * R, R a polynomial in u: coefficients and error by
  // test/golden/normal_tail.py.
  const float u = 1.0f / (1.0f + 0.3f * std::fabs(t));
  float r = 0.0373401527f;
  r = r * u - 0.164202062f;
  r = r * u + 0.218550607f;
  r = r * u - 0.0650762008f;
  r = r * u + 0.134703471f;
  r = r * u + 0.0980074678f;
  r = r * u + 0.121068538f;
  r = r * u + 0.119608027f;
  const float tail = bell * r * u;
  return {bell * 0.398942280f, t < 0.0f ? tail : 1.0f - tail};
}

}  // namespace

SVG_VECTORIZED void geglu(const float* x, int64_t rows, int64_t width, float* y) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* __restrict const value = x + 2 * row * width;
    const float* __restrict const gate = value + width;
    float* __restrict const to = y + row * width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) to[i] = value[i] * gate[i] * normal_at(gate[i]).below;
  }
}

SVG_VECTORIZED void geglu_backward(const float* x, const float* grad_y, int64_t rows, int64_t width,
                                   float* grad_x) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* __restrict const value = x + 2 * row * width;
    const float* __restrict const gate = value + width;
    const float* __restrict const grad = grad_y + row * width;
    float* __restrict const of_value = grad_x + 2 * row * width;
    float* __restrict const of_gate = of_value + width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const auto [density, below] = normal_at(gate[i]);
      of_value[i] = grad[i] * gate[i] * below;
      of_gate[i] = grad[i] * value[i] * (below + gate[i] * density);
    }
  }
}

}  // namespace svg::nn
