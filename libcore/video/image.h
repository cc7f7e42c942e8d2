// One picture: the unit that readers give, writers take, and pictures are composed of.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace svg::video {

struct Image {
  int height = 0, width = 0;
  std::vector<uint8_t> rgb;  // [H, W, 3] u8, row-major

  Image() = default;
  // Filled with one grey.
  Image(int height_, int width_, uint8_t grey = 0)
      : height(height_),
        width(width_),
        rgb(static_cast<size_t>(height_) * static_cast<size_t>(width_) * 3, grey) {}
  const uint8_t* row(int y) const {
    return rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3;
  }
  uint8_t* row(int y) {
    return rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3;
  }
  bool operator==(const Image&) const = default;
};

}  // namespace svg::video
