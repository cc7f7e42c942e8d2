#include "libcore/eval/pixels/hsv.h"

#include <algorithm>
#include <array>

namespace svg::eval {
namespace {

// Divisions by 1 to 255 as multiplications of fixed-point numbers with 12 binary places.
constexpr int kShift = 12;

// round(numerator / i), 0 at 0. Halves do not occur: the odd part of both numerators has no factor
// that would leave one for i < 256.
constexpr std::array<int, 256> quotients(int numerator) {
  std::array<int, 256> table{};
  for (int i = 1; i < 256; ++i) table[static_cast<size_t>(i)] = (2 * numerator + i) / (2 * i);
  return table;
}

constexpr auto kSaturation = quotients(255 << kShift);
constexpr auto kHue = quotients((180 << kShift) / 6);

constexpr int rounded(int fixed_point) {
  return (fixed_point + (1 << (kShift - 1))) >> kShift;  // arithmetic shift, in C++20 by definition
}

}  // namespace

Hsv hsv_from_rgb(uint8_t red, uint8_t green, uint8_t blue) {
  const int r = red, g = green, b = blue;
  const int value = std::max({r, g, b}), spread = value - std::min({r, g, b});
  const int saturation = rounded(spread * kSaturation[static_cast<size_t>(value)]);
  const int sector = value == r ? g - b : value == g ? b - r + 2 * spread : r - g + 4 * spread;
  int hue = rounded(sector * kHue[static_cast<size_t>(spread)]);
  if (hue < 0) hue += 180;
  return {static_cast<uint8_t>(hue), static_cast<uint8_t>(saturation), static_cast<uint8_t>(value)};
}

}  // namespace svg::eval
