#include "libcore/eval/pixels/appearance.h"

#include <cmath>
#include <vector>

#include "libcore/eval/pixels/hsv.h"

namespace svg::eval {
namespace {

__extension__ using Wide = __int128;  // sums of squares over 2^27 pixels pass 2^63

constexpr int kThousandths = 1000;  // luminance is counted in thousandths: 0.299 is 299

class Moments {
 public:
  void add(int64_t value) {
    ++count_;
    sum_ += value;
    squares_ += Wide{value} * value;
  }
  double mean() const {
    return static_cast<double>(sum_) / static_cast<double>(count_) / kThousandths;
  }
  double variance() const {
    const auto spread = static_cast<double>(squares_ * count_ - Wide{sum_} * sum_);
    const auto count = static_cast<double>(count_);
    return spread / count / count / (double{kThousandths} * kThousandths);
  }

 private:
  int64_t count_ = 0, sum_ = 0;
  Wide squares_ = 0;
};

// The neighbour of `i` at `i + step`, mirrored at the border without repeating it.
int mirrored(int i, int step, int size) {
  if (size == 1) return 0;
  const int j = i + step;
  return j < 0 || j >= size ? i - step : j;
}

}  // namespace

Appearance appearance(const ByteFrame& frame) {
  const int height = frame.height, width = frame.width;
  require(frame.pixel_count() > 0, ErrorKind::Config, "a frame without pixels");
  int64_t saturation = 0;
  Moments luminance, laplacian;
  std::vector<int> luma(static_cast<size_t>(frame.pixel_count()));
  for (size_t i = 0; i < luma.size(); ++i) {
    const uint8_t* rgb = frame.data + i * kColors;
    saturation += hsv_from_rgb(rgb[0], rgb[1], rgb[2]).saturation;
    luma[i] = 299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2];
    luminance.add(luma[i]);
  }
  const auto row = [&](int y) {
    return luma.data() + static_cast<size_t>(y) * static_cast<size_t>(width);
  };
  for (int y = 0; y < height; ++y) {
    const int *above = row(mirrored(y, -1, height)), *here = row(y);
    const int* below = row(mirrored(y, 1, height));
    for (int x = 0; x < width; ++x)
      laplacian.add(above[x] + below[x] + here[mirrored(x, -1, width)] +
                    here[mirrored(x, 1, width)] - 4 * here[x]);
  }
  return {.saturation = static_cast<double>(saturation) / static_cast<double>(luma.size()),
          .luminance = luminance.mean(),
          .luminance_std = std::sqrt(luminance.variance()),
          .laplacian_variance = laplacian.variance()};
}

}  // namespace svg::eval
