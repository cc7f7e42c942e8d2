#include "libcore/video/picture_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace svg::video {
namespace {

using Bytes = std::span<const uint8_t>;

bool starts(Bytes bytes, std::string_view text, size_t at = 0) {
  return bytes.size() >= at + text.size() &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

void append(std::vector<uint8_t>& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

uint32_t big_endian(Bytes b, size_t at) {
  return uint32_t{b[at]} << 24 | uint32_t{b[at + 1]} << 16 | uint32_t{b[at + 2]} << 8 | b[at + 3];
}
uint32_t little_endian(Bytes b, size_t at) {
  return uint32_t{b[at + 3]} << 24 | uint32_t{b[at + 2]} << 16 | uint32_t{b[at + 1]} << 8 | b[at];
}

constexpr std::string_view kExif("Exif\0", 5), kMpf("MPF\0", 4);
constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);

// Only the segments that say how to decode: JFIF (APP0), Adobe's colour transform (APP14), and what
// is neither APPn nor a comment.
bool describes(uint8_t marker) {
  return marker == 0xFE || (marker > 0xE0 && marker <= 0xEF && marker != 0xEE);
}

// The next 0xFF that a marker follows, as libjpeg's next_marker looks for it.
size_t next_marker(Bytes file, size_t at) {
  while (at + 1 < file.size() &&
         !(file[at] == 0xFF && file[at + 1] != 0xFF && file[at + 1] != 0x00))
    ++at;
  return at;
}

BarePicture bare_jpeg(Bytes file) {
  BarePicture result;
  append(result.bytes, file.first(2));
  size_t at = 2;
  while ((at = next_marker(file, at)) + 1 < file.size()) {
    const uint8_t marker = file[at + 1];
    const bool alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD9);
    if (marker == 0xD9) {
      append(result.bytes, file.subspan(at, 2));
      result.rest = file.subspan(at + 2);
      return result;
    }
    const size_t length = alone                  ? 0
                          : at + 4 > file.size() ? 0
                                                 : size_t{file[at + 2]} << 8 | file[at + 3];
    if (!alone && (length < 2 || at + 2 + length > file.size())) break;
    const Bytes segment = file.subspan(at, 2 + length);
    if (marker == 0xE1 && result.exif.empty() && starts(segment, kExif, 4) && segment.size() > 10)
      result.exif = segment.subspan(10);
    if (marker == 0xE2 && starts(segment, kMpf, 4)) result.parts = true;
    if (!describes(marker)) append(result.bytes, segment);
    at += 2 + length;
    if (marker != 0xDA) continue;
    // Entropy-coded data: to the next marker that is no restart.
    const size_t begin = at;
    do at = next_marker(file, at);
    while (at + 1 < file.size() && file[at + 1] >= 0xD0 && file[at + 1] <= 0xD7 && (at += 2));
    at = std::min(at, file.size());
    append(result.bytes, file.subspan(begin, at - begin));
  }
  if (at < file.size()) append(result.bytes, file.subspan(at));  // cut off: the decoder will say so
  return result;
}

BarePicture bare_png(Bytes file) {
  BarePicture result;
  append(result.bytes, file.first(8));
  size_t at = 8;
  while (at + 12 <= file.size()) {
    const size_t length = big_endian(file, at);
    if (length > file.size() - at - 12) break;
    const Bytes chunk = file.subspan(at, 12 + length);
    if (starts(chunk, "eXIf", 4)) result.exif = chunk.subspan(8, length);
    const bool critical = !(chunk[4] & 0x20);
    if (critical || starts(chunk, "tRNS", 4) || starts(chunk, "cICP", 4))
      append(result.bytes, chunk);
    at += 12 + length;
    if (starts(chunk, "IEND", 4)) {
      result.rest = file.subspan(at);
      return result;
    }
  }
  append(result.bytes, file.subspan(at));
  return result;
}

BarePicture bare_webp(Bytes file) {
  BarePicture result;
  const size_t end = std::min<size_t>(file.size(), size_t{8} + little_endian(file, 4));
  append(result.bytes, file.first(12));
  size_t at = 12;
  while (at + 8 <= end) {
    const size_t length = little_endian(file, at + 4), padded = length + (length & 1);
    if (length > file.size() - at - 8) break;
    const Bytes chunk = file.subspan(at, std::min(8 + padded, file.size() - at));
    if (starts(chunk, "EXIF")) {
      result.exif = chunk.subspan(8, length);
      if (starts(result.exif, kExif) && length > 6) result.exif = result.exif.subspan(6);
    } else if (starts(chunk, "VP8X") && chunk.size() > 8) {
      append(result.bytes, chunk);
      result.bytes[result.bytes.size() - chunk.size() + 8] &= 0xD3;  // no ICC, EXIF, XMP follows
    } else if (!starts(chunk, "XMP ") && !starts(chunk, "ICCP")) {
      append(result.bytes, chunk);
    }
    at += chunk.size();
  }
  if (at < end) {  // cut off, and the decoder must be able to tell
    append(result.bytes, file.subspan(at));
    return result;
  }
  result.rest = file.subspan(at);
  if (little_endian(file, 4) + size_t{8} <= file.size()) {
    const auto size = static_cast<uint32_t>(result.bytes.size() - 8);
    for (size_t i = 0; i < 4; ++i) result.bytes[4 + i] = static_cast<uint8_t>(size >> 8 * i);
  }
  return result;
}

}  // namespace

PictureType picture_type(Bytes file) {
  if (starts(file, "\xFF\xD8\xFF")) return PictureType::Jpeg;
  if (starts(file, kPngSignature)) return PictureType::Png;
  if (starts(file, "RIFF") && starts(file, "WEBP", 8)) return PictureType::WebP;
  if (starts(file, std::string_view("II*\0", 4)) || starts(file, std::string_view("MM\0*", 4)))
    return PictureType::Tiff;
  return PictureType::Other;
}

BarePicture bare_picture(Bytes file) {
  switch (picture_type(file)) {
    case PictureType::Jpeg:
      return bare_jpeg(file);
    case PictureType::Png:
      return bare_png(file);
    case PictureType::WebP:
      return bare_webp(file);
    case PictureType::Tiff:
    case PictureType::Other:
      break;
  }
  BarePicture whole;
  append(whole.bytes, file);
  return whole;
}

bool is_animated_webp(Bytes file) {
  return picture_type(file) == PictureType::WebP && starts(file, "VP8X", 12) && file.size() > 20 &&
         (file[20] & 0x02);
}

bool has_more_pages(Bytes file) {
  if (picture_type(file) != PictureType::Tiff) return false;
  const bool little = file[0] == 'I';
  const auto number = [&](size_t at) {
    return at + 4 > file.size() ? 0 : little ? little_endian(file, at) : big_endian(file, at);
  };
  const size_t page = number(4);  // entries of 12 bytes, and where the next page is
  if (page + 2 > file.size()) return false;
  const size_t entries =
      little ? file[page] | size_t{file[page + 1]} << 8 : size_t{file[page]} << 8 | file[page + 1];
  return number(page + 2 + 12 * entries) != 0;
}

std::string known_unreadable(Bytes head) {
  if (is_animated_webp(head)) return "an animated WebP";
  if (starts(head, "ftyp", 4)) {
    for (const char* brand : {"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"})
      if (starts(head, brand, 8)) return "a HEIC picture";
    for (const char* brand : {"avif", "avis"})
      if (starts(head, brand, 8)) return "an AVIF picture";
    if (starts(head, "mif1", 8) || starts(head, "msf1", 8)) {
      const std::string_view text(reinterpret_cast<const char*>(head.data()),
                                  std::min<size_t>(head.size(), 64));
      return text.find("avif") != text.npos ? "an AVIF picture" : "a HEIC picture";
    }
  }
  if (starts(head, std::string_view("\xFF\x0A", 2)) ||
      starts(head, std::string_view("\0\0\0\x0CJXL ", 8)))
    return "a JPEG XL picture";
  size_t text = starts(head, "\xEF\xBB\xBF") ? 3 : 0;
  while (text < head.size() && std::strchr(" \t\r\n", head[text])) ++text;
  const Bytes words = head.subspan(text);
  if (starts(words, "#EXTM3U") || starts(words, "ffconcat") || starts(words, "[playlist]"))
    return "a playlist";
  const std::string_view all(reinterpret_cast<const char*>(words.data()), words.size());
  if (starts(words, "<") && all.find("<MPD") != all.npos) return "a playlist (DASH)";
  if (starts(words, "<") && all.find("<svg") != all.npos) return "an SVG drawing";
  if (starts(words, "%PDF-")) return "a PDF document";
  return "";
}

}  // namespace svg::video
