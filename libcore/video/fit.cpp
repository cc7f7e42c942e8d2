#include <algorithm>
#include <cmath>
#include <cstring>

#include "libcore/base/error.h"
#include "libcore/video/ffmpeg.h"
#include "libcore/video/video_reader.h"

namespace svg::video {

Image fit(const Image& source, int width, int height, double pixel_aspect) {
  if (pixel_aspect == 1 && source.width == width && source.height == height) return source;
  // The centred part of the source with the wanted aspect ratio, in whole pixels.
  const double scale =
      std::max(width / (source.width * pixel_aspect), static_cast<double>(height) / source.height);
  const int w =
      std::clamp(static_cast<int>(std::lround(width / (scale * pixel_aspect))), 1, source.width);
  const int h = std::clamp(static_cast<int>(std::lround(height / scale)), 1, source.height);
  const int x = (source.width - w) / 2, y = (source.height - h) / 2;

  const int in_stride = (w * 3 + 63) / 64 * 64, out_stride = (width * 3 + 63) / 64 * 64;
  std::vector<uint8_t> in(static_cast<size_t>(in_stride) * static_cast<size_t>(h) + 64),
      out(static_cast<size_t>(out_stride) * static_cast<size_t>(height) + 64);
  for (int r = 0; r < h; ++r)
    std::memcpy(in.data() + static_cast<ptrdiff_t>(r) * in_stride, source.row(y + r) + 3 * x,
                static_cast<size_t>(w) * 3);
  const int filter = (scale < 1 ? SWS_AREA : SWS_BICUBIC) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT |
                     SWS_FULL_CHR_H_INP;
  Scaler scaler(sws_getContext(w, h, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_RGB24, filter,
                               nullptr, nullptr, nullptr));
  require(scaler != nullptr, ErrorKind::Data, "cannot scale from ", w, "x", h, " to ", width, "x",
          height);
  const uint8_t* in_planes[4] = {in.data()};
  uint8_t* out_planes[4] = {out.data()};
  const int in_strides[4] = {in_stride}, out_strides[4] = {out_stride};
  sws_scale(scaler.get(), in_planes, in_strides, 0, h, out_planes, out_strides);
  Image result(height, width);
  for (int r = 0; r < height; ++r)
    std::memcpy(result.row(r), out.data() + static_cast<ptrdiff_t>(r) * out_stride,
                static_cast<size_t>(width) * 3);
  return result;
}

}  // namespace svg::video
