// Hue, saturation and value as OpenCV has them for bytes (COLOR_RGB2HSV), in integers throughout:
// equal on all 2^24 colours.
#pragma once
#include <cstdint>

namespace svg::eval {

struct Hsv {
  uint8_t hue = 0;  // 0 to 179, two degrees each
  uint8_t saturation = 0, value = 0;
  bool operator==(const Hsv&) const = default;
};

Hsv hsv_from_rgb(uint8_t red, uint8_t green, uint8_t blue);

}  // namespace svg::eval
