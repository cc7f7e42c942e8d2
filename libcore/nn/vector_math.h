// For loops that a compiler vectorizes: a mark for functions that are compiled for several
// processors, and functions without branches. Torch-free. The files that include it are compiled
// with the flags of CMakeLists.txt.
#pragma once
#include <bit>
#include <cstdint>

// The same code for what processors offer, chosen when the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SVG_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SVG_VECTORIZED
#endif
#define SVG_INLINE inline __attribute__((always_inline))

namespace svg::nn {

// e^x within 2 units in the last place: 2^n e^r with |r| <= ln(2) / 2, the second by its Taylor
// series. Not a number stays so. Beyond +-60 as there: what is made of it here has all its digits
// long before, and numbers that are almost too small for a float cost a hundred times as much.
SVG_INLINE float exponential(float x) {
  x = x < -60.0f ? -60.0f : x;
  x = x > 60.0f ? 60.0f : x;
  const float shifted =
      x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: the sum's last bits are round(x / ln 2)
  const float n = shifted - 12582912.0f;
  const float r =
      (x - n * 0.693145752f) - n * 1.42860677e-6f;  // ln 2 in two parts: the first has few digits,
                                                    // so that its product is exact
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

SVG_INLINE float sigmoid(float x) {
  return 1.0f / (1.0f + exponential(-x));
}

}  // namespace svg::nn
