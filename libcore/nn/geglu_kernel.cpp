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
SVG_INLINE void forward_row(const Number* __restrict x, const Number* __restrict bias,
                            int64_t width, Number* __restrict y) {
  const Number* __restrict const gates = x + width;
  if (bias == nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const float gate = widened(gates[i]);
      round_to(&y[i], widened(x[i]) * gate * normal_at(gate).below);
    }
    return;
  }
  const Number* __restrict const gate_bias = bias + width;
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    const float gate = widened(gates[i]) + widened(gate_bias[i]);
    round_to(&y[i], (widened(x[i]) + widened(bias[i])) * gate * normal_at(gate).below);
  }
}

template <class Number>
SVG_INLINE void all_forward(const Number* x, const Number* bias, int64_t rows, int64_t width,
                            Number* y) {
  for (int64_t row = 0; row < rows; ++row)
    forward_row(x + 2 * row * width, bias, width, y + row * width);
}

template <class Number>
SVG_INLINE void backward_row(const Number* __restrict x, const Number* __restrict bias,
                             const Number* __restrict grad, int64_t width, Number* __restrict to) {
  const Number* __restrict const gates = x + width;
  Number* __restrict const to_gates = to + width;
  if (bias == nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const float gate = widened(gates[i]), d = widened(grad[i]);
      const auto [density, below] = normal_at(gate);
      round_to(&to[i], d * gate * below);
      round_to(&to_gates[i], d * widened(x[i]) * (below + gate * density));
    }
    return;
  }
  const Number* __restrict const gate_bias = bias + width;
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    const float gate = widened(gates[i]) + widened(gate_bias[i]), d = widened(grad[i]);
    const auto [density, below] = normal_at(gate);
    round_to(&to[i], d * gate * below);
    round_to(&to_gates[i], d * (widened(x[i]) + widened(bias[i])) * (below + gate * density));
  }
}

template <class Number>
SVG_INLINE void all_backward(const Number* x, const Number* bias, const Number* grad_y,
                             int64_t rows, int64_t width, Number* grad_x, float* sums) {
  for (int64_t row = 0; row < rows; ++row) {
    Number* const to = grad_x + 2 * row * width;
    backward_row(x + 2 * row * width, bias, grad_y + row * width, width, to);
    if (sums == nullptr) continue;
    const Number* __restrict const from = to;
    float* __restrict const total = sums;
#pragma omp simd
    for (int64_t i = 0; i < 2 * width; ++i) total[i] += widened(from[i]);
  }
}

}  // namespace

SVG_VECTORIZED void geglu(const float* x, const float* bias, int64_t rows, int64_t width,
                          float* y) {
  all_forward(x, bias, rows, width, y);
}
SVG_VECTORIZED void geglu(const BFloat16* x, const BFloat16* bias, int64_t rows, int64_t width,
                          BFloat16* y) {
  all_forward(x, bias, rows, width, y);
}
SVG_VECTORIZED void geglu_backward(const float* x, const float* bias, const float* grad_y,
                                   int64_t rows, int64_t width, float* grad_x, float* sums) {
  all_backward(x, bias, grad_y, rows, width, grad_x, sums);
}
SVG_VECTORIZED void geglu_backward(const BFloat16* x, const BFloat16* bias, const BFloat16* grad_y,
                                   int64_t rows, int64_t width, BFloat16* grad_x, float* sums) {
  all_backward(x, bias, grad_y, rows, width, grad_x, sums);
}

}  // namespace svg::nn
