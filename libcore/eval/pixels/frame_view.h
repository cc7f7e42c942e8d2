// A picture that somebody else owns, as the metrics of this folder read it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "libcore/base/error.h"
#include "libcore/video/image.h"

namespace svg::eval {

constexpr int kColors = 3;

template <class T>
struct FrameView {
  const T* data = nullptr;  // [H, W, 3] RGB
  int height = 0, width = 0;

  const T* row(int y) const {
    return data + static_cast<size_t>(y) * static_cast<size_t>(width) * kColors;
  }
  int64_t pixel_count() const { return int64_t{height} * width; }
  int64_t value_count() const { return pixel_count() * kColors; }
};

using ByteFrame = FrameView<uint8_t>;  // 0 to 255
using FloatFrame = FrameView<float>;   // 0 to a range that the metric is told

inline ByteFrame view_of(const video::Image& image) {
  return {image.rgb.data(), image.height, image.width};
}

// Throws Error{Config} unless both frames have one size, with pixels in it.
template <class T>
void check_same_size(const FrameView<T>& a, const FrameView<T>& b) {
  require(a.height == b.height && a.width == b.width && a.pixel_count() > 0, ErrorKind::Config,
          "frames of ", a.width, "x", a.height, " and ", b.width, "x", b.height,
          " cannot be compared");
}

}  // namespace svg::eval
