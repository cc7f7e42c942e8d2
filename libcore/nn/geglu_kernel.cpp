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

template <class Number>
SVG_INLINE void all_forward(const Number* x, int64_t rows, int64_t width, Number* y) {
  for (int64_t row = 0; row < rows; ++row) {
    const Number* __restrict const value = x + 2 * row * width;
    const Number* __restrict const gate = value + width;
    Number* __restrict const to = y + row * width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const float g = widened(gate[i]);
      round_to(&to[i], widened(value[i]) * g * normal_at(g).below);
    }
  }
}

template <class Number>
SVG_INLINE void all_backward(const Number* x, const Number* grad_y, int64_t rows, int64_t width,
                             Number* grad_x) {
  for (int64_t row = 0; row < rows; ++row) {
    const Number* __restrict const value = x + 2 * row * width;
    const Number* __restrict const gate = value + width;
    const Number* __restrict const grad = grad_y + row * width;
    Number* __restrict const of_value = grad_x + 2 * row * width;
    Number* __restrict const of_gate = of_value + width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const float g = widened(gate[i]), d = widened(grad[i]);
      const auto [density, below] = normal_at(g);
      round_to(&of_value[i], d * g * below);
      round_to(&of_gate[i], d * widened(value[i]) * (below + g * density));
    }
  }
}

}  // namespace

SVG_VECTORIZED void geglu(const float* x, int64_t rows, int64_t width, float* y) {
  all_forward(x, rows, width, y);
}
SVG_VECTORIZED void geglu(const BFloat16* x, int64_t rows, int64_t width, BFloat16* y) {
  all_forward(x, rows, width, y);
}
SVG_VECTORIZED void geglu_backward(const float* x, const float* grad_y, int64_t rows, int64_t width,
                                   float* grad_x) {
  all_backward(x, grad_y, rows, width, grad_x);
}
SVG_VECTORIZED void geglu_backward(const BFloat16* x, const BFloat16* grad_y, int64_t rows,
                                   int64_t width, BFloat16* grad_x) {
  all_backward(x, grad_y, rows, width, grad_x);
}

}  // namespace svg::nn
