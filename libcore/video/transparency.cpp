#include "libcore/video/transparency.h"

#include <vector>

namespace svg::video {

bool has_transparency(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* kind = av_pix_fmt_desc_get(format);
  if (!kind) return false;
  if (format == AV_PIX_FMT_PAL8) {  // ARGB in native words
    const auto* palette = reinterpret_cast<const uint32_t*>(frame.data[1]);
    for (int y = 0; y < frame.height; ++y)
      for (int x = 0; x < frame.width; ++x)
        if (palette[frame.data[0][static_cast<ptrdiff_t>(y) * frame.linesize[0] + x]] >> 24 != 255)
          return true;
    return false;
  }
  if (!(kind->flags & AV_PIX_FMT_FLAG_ALPHA) || kind->nb_components < 2) return false;
  const int alpha = kind->nb_components - 1;
  if (kind->flags & AV_PIX_FMT_FLAG_FLOAT) return true;  // none of ours: better a word too many
  const auto opaque = static_cast<uint16_t>((1 << kind->comp[alpha].depth) - 1);
  std::vector<uint16_t> line(static_cast<size_t>(frame.width));
  for (int y = 0; y < frame.height; ++y) {
    av_read_image_line(line.data(), const_cast<const uint8_t**>(frame.data), frame.linesize, kind,
                       0, y, alpha, frame.width, 0);
    for (const uint16_t value : line)
      if (value != opaque) return true;
  }
  return false;
}

}  // namespace svg::video
