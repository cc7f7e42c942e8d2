// bfloat16 in loops that a compiler vectorizes: the upper half of a float. Torch-free.
#pragma once
#include <bit>
#include <cstdint>

#include "libcore/nn/vector_math.h"

namespace svg::nn {

struct BFloat16 {
  uint16_t bits;
};

SVG_INLINE float widened(float x) {
  return x;
}
SVG_INLINE float widened(BFloat16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

SVG_INLINE void round_to(float* to, float x) {
  *to = x;
}
// To the nearest, to the even one of two; not a number stays so.
SVG_INLINE void round_to(BFloat16* to, float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  to->bits = static_cast<uint16_t>((bits & 0x7fffffffU) > 0x7f800000U ? 0x7fc0U : rounded);
}

}  // namespace svg::nn
