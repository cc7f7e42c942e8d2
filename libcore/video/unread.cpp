#include "libcore/video/unread.h"

#include <utility>

#include "libcore/video/file_walk.h"
#include "libcore/video/torn_end.h"

namespace svg::video {
namespace {

// Boxes of a size and a type; a second file type or index begins another video.
int64_t behind_mp4(FileWalk mp4) {
  bool file_type = false, index = false;
  while (!mp4.ended()) {
    const int64_t begin = mp4.at();
    int64_t size = mp4.big_endian(4);
    const std::string type = mp4.text(4);
    if (size == 1) size = mp4.big_endian(8);
    if (mp4.torn()) return 0;
    for (auto [name, seen] : {std::pair{"ftyp", &file_type}, {"moov", &index}}) {
      if (type != name) continue;
      if (*seen) return mp4.size() - begin;
      *seen = true;
    }
    if (size < mp4.at() - begin || size > mp4.size() - begin) return 0;  // 0: to the end
    mp4.go_to(begin + size);
  }
  return 0;
}

int64_t behind_flv(FileWalk flv) {
  flv.skip(5);
  flv.go_to(flv.big_endian(4) + 4);
  while (!flv.ended()) {
    const int64_t begin = flv.at();
    if (flv.byte() == 'F') {
      const bool another = flv.text(2) == "LV" && !flv.torn();
      return another ? flv.size() - begin : 0;
    }
    flv.skip(flv.big_endian(3) + 7 + 4);
  }
  return 0;
}

// Objects of a 16-byte type and a size; a second header begins another video.
int64_t behind_asf(FileWalk asf) {
  const std::string header = asf.text(16);
  asf.go_to(0);
  while (!asf.ended()) {
    const int64_t begin = asf.at();
    const bool is_header = asf.text(16) == header;
    const int64_t size = asf.little_endian(8);
    if (asf.torn() || size < 24 || size > asf.size() - begin) return 0;
    if (begin > 0 && is_header) return asf.size() - begin;
    asf.go_to(begin + size);
  }
  return 0;
}

int64_t behind_png(FileWalk png) {
  const int64_t size = png.size();
  const auto end = end_of_png(std::move(png));
  return end ? size - *end : 0;
}

}  // namespace

int64_t unread_bytes(const std::string& format, const std::string& path) {
  if (format.starts_with("mov,")) return behind_mp4(FileWalk(path));
  if (format == "flv") return behind_flv(FileWalk(path));
  if (format == "asf") return behind_asf(FileWalk(path));
  if (format == "apng") return behind_png(FileWalk(path));
  return 0;
}

}  // namespace svg::video
