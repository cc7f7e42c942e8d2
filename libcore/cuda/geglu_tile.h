// The gate of a feed-forward layer, value * gelu(gate), and its gradient, a pack of numbers at a
// time. Kernels and a test run these.
#pragma once
#include <cmath>
#include <cstdint>

#include "libcore/cuda/pack.h"

namespace svg::cuda {

// Where the `k`-th pack of the result lies in it [rows, W], and its value in x [rows, 2 W]; the
// gate is W after that.
struct GatePlace {
  int64_t result, value;
};
SVG_BOTH inline GatePlace gate_place(int64_t width, int64_t k) {
  const int64_t row = k * kPack / width, column = k * kPack - row * width;
  return {row * width + column, 2 * row * width + column};
}

// The part of the normal distribution below x, and its density there.
SVG_BOTH inline float normal_below(float x) {
  return 0.5f * (1.0f + erff(x * 0.70710678f));
}
SVG_BOTH inline float normal_density(float x) {
  return 0.39894228f * expf(-0.5f * x * x);
}

template <class T, class Float, class Round>
SVG_BOTH inline void gate(const void* x, int64_t width, int64_t k, Float f, Round round, void* y) {
  const GatePlace p = gate_place(width, k);
  const Pack<T> value = load_pack<T>(x, p.value), by = load_pack<T>(x, p.value + width);
  Pack<T> out;
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i) {
    const float g = f(by.v[i]);
    out.v[i] = round(f(value.v[i]) * g * normal_below(g));
  }
  store_pack(y, p.result, out);
}

template <class T, class Float, class Round>
SVG_BOTH inline void gate_backward(const void* x, const void* dy, int64_t width, int64_t k, Float f,
                                   Round round, void* dx) {
  const GatePlace p = gate_place(width, k);
  const Pack<T> value = load_pack<T>(x, p.value), by = load_pack<T>(x, p.value + width),
                grad = load_pack<T>(dy, p.result);
  Pack<T> of_value, of_gate;
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i) {
    const float g = f(by.v[i]), d = f(grad.v[i]), below = normal_below(g);
    of_value.v[i] = round(d * g * below);
    of_gate.v[i] = round(d * f(value.v[i]) * (below + g * normal_density(g)));
  }
  store_pack(dx, p.value, of_value);
  store_pack(dx, p.value + width, of_gate);
}

}  // namespace svg::cuda
