#include "libcore/video/torn_end.h"

#include <algorithm>

namespace svg::video {
namespace {

// Bytes of a GIF's colour table, by the flags of a screen or image descriptor.
int table_size(int flags) {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

bool gif_is_torn(FileWalk gif) {
  gif.skip(10);
  const int screen = gif.byte();
  gif.skip(2 + table_size(screen));
  while (!gif.ended()) {
    const int label = gif.byte();
    if (label == 0x21) {  // an extension
      gif.skip(1);
    } else if (label == 0x2C) {  // a picture
      gif.skip(8);
      gif.skip(table_size(gif.byte()) + 1);
    } else {
      return false;  // the trailer, or what FFmpeg judges
    }
    for (int length = gif.byte(); length > 0 && !gif.torn(); length = gif.byte()) gif.skip(length);
  }
  return gif.torn();
}

bool flv_is_torn(FileWalk flv) {
  flv.skip(5);
  flv.go_to(flv.big_endian(4) + 4);  // the size of its header, and that of no tag before
  while (!flv.ended()) {
    const int type = flv.byte();
    if (type != 8 && type != 9 && type != 18) return false;  // audio, video, script
    const int64_t length = flv.big_endian(3);
    flv.skip(7 + length + 4);
  }
  return flv.torn();
}

bool ogg_is_torn(FileWalk ogg) {
  while (!ogg.ended()) {
    if (!ogg.reads("OggS")) return false;
    ogg.skip(22);
    int64_t body = 0;
    for (int segments = ogg.byte(); segments > 0; --segments) body += std::max(0, ogg.byte());
    ogg.skip(body);
  }
  return ogg.torn();
}

// Packets of 188 bytes, or with a time stamp before each or check bytes behind it.
bool transport_stream_is_torn(FileWalk stream) {
  constexpr int kSync = 0x47;
  for (const auto& [size, before] : {std::pair{188, 0}, {192, 4}, {204, 0}}) {
    const int packet = size, sync = before;  // for a lambda, which clang lets no binding into
    const int64_t rest = stream.size() % packet, last = stream.size() - rest;
    const auto has_sync = [&](int64_t at) {
      stream.go_to(at + sync);
      return stream.byte() == kSync;
    };
    if (last < packet || !has_sync(0) || !has_sync(last - packet)) continue;
    return rest > sync && has_sync(last);
  }
  return false;
}

}  // namespace

std::optional<int64_t> end_of_png(FileWalk png) {
  png.skip(8);
  while (!png.ended()) {
    const int64_t length = png.big_endian(4);
    const bool last = png.text(4) == "IEND";
    png.skip(length + 4);
    if (last && !png.torn()) return png.at();
  }
  return std::nullopt;
}

bool ends_torn(const std::string& format, const std::string& path) {
  if (format == "gif") return gif_is_torn(FileWalk(path));
  if (format == "apng") return !end_of_png(FileWalk(path));
  if (format == "flv") return flv_is_torn(FileWalk(path));
  if (format == "ogg") return ogg_is_torn(FileWalk(path));
  if (format == "mpegts") return transport_stream_is_torn(FileWalk(path));
  return false;
}

}  // namespace svg::video
