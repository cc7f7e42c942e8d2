#include "libcore/video/color.h"

#include <algorithm>
#include <cstring>

#include "libcore/base/error.h"

namespace svg::video {
namespace {

// Exact rounding and chroma at full width: conversions are few, pictures are small, and errors
// would look like the model's.
constexpr int kExact = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

int coefficients(AVColorSpace matrix, int height) {
  if (matrix == AVCOL_SPC_UNSPECIFIED || matrix == AVCOL_SPC_RESERVED || matrix == AVCOL_SPC_RGB)
    matrix = default_matrix(height);
  return matrix == AVCOL_SPC_BT709        ? SWS_CS_ITU709
         : matrix == AVCOL_SPC_BT2020_NCL ? SWS_CS_BT2020
                                          : SWS_CS_ITU601;
}

SwsContext* prepare(Scaler& scaler, int width, int height, AVPixelFormat from, AVPixelFormat to,
                    AVColorSpace matrix, bool full) {
  scaler.reset(sws_getCachedContext(scaler.release(), width, height, from, width, height, to,
                                    kExact, nullptr, nullptr, nullptr));
  require(scaler != nullptr, ErrorKind::Data, "no conversion from pixel format ",
          av_get_pix_fmt_name(from), " to ", av_get_pix_fmt_name(to));
  const int* table = sws_getCoefficients(coefficients(matrix, height));
  sws_setColorspaceDetails(scaler.get(), table, full, table, full, 0, 1 << 16, 1 << 16);
  return scaler.get();
}

}  // namespace

AVColorSpace default_matrix(int height) {
  return height < 720 ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709;
}

Image rgb_from_frame(const AVFrame& frame, Scaler& scaler) {
  Image image(frame.height, frame.width);
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (format == AV_PIX_FMT_RGB24) {  // PNG: nothing to convert, and nothing to round
    for (int y = 0; y < image.height; ++y)
      std::memcpy(image.row(y), frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0],
                  static_cast<size_t>(image.width) * 3);
    return image;
  }
  // libswscale writes whole SIMD words: rows get room behind them.
  const int stride = (frame.width * 3 + 63) / 64 * 64;
  std::vector<uint8_t> padded(static_cast<size_t>(stride) * static_cast<size_t>(frame.height) + 64);
  uint8_t* planes[4] = {padded.data()};
  const int strides[4] = {stride};
  SwsContext* context = prepare(scaler, frame.width, frame.height, format, AV_PIX_FMT_RGB24,
                                frame.colorspace, frame.color_range == AVCOL_RANGE_JPEG);
  sws_scale(context, frame.data, frame.linesize, 0, frame.height, planes, strides);
  for (int y = 0; y < image.height; ++y)
    std::memcpy(image.row(y), padded.data() + static_cast<ptrdiff_t>(y) * stride,
                static_cast<size_t>(image.width) * 3);
  return image;
}

void frame_from_rgb(const Image& image, AVFrame& frame, Scaler& scaler) {
  const int stride = (frame.width * 3 + 63) / 64 * 64;
  std::vector<uint8_t> padded(static_cast<size_t>(stride) * static_cast<size_t>(frame.height) + 64);
  for (int y = 0; y < frame.height; ++y) {
    uint8_t* to = padded.data() + static_cast<ptrdiff_t>(y) * stride;
    const uint8_t* from = image.row(std::min(y, image.height - 1));
    std::memcpy(to, from, static_cast<size_t>(image.width) * 3);
    for (int x = image.width; x < frame.width; ++x)
      std::memcpy(to + 3 * x, from + 3 * (image.width - 1), 3);
  }
  const uint8_t* planes[4] = {padded.data()};
  const int strides[4] = {stride};
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (format == AV_PIX_FMT_RGB24) {
    for (int y = 0; y < frame.height; ++y)
      std::memcpy(frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0],
                  padded.data() + static_cast<ptrdiff_t>(y) * stride,
                  static_cast<size_t>(frame.width) * 3);
    return;
  }
  SwsContext* context = prepare(scaler, frame.width, frame.height, AV_PIX_FMT_RGB24, format,
                                frame.colorspace, frame.color_range == AVCOL_RANGE_JPEG);
  sws_scale(context, planes, strides, 0, frame.height, frame.data, frame.linesize);
}

}  // namespace svg::video
