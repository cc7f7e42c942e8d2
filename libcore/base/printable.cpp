#include "libcore/base/printable.h"

#include <cstdint>
#include <cstdio>

namespace svg {
namespace {

// Bytes of the UTF-8 character at `at` and its code point; 0 where there is none.
size_t character_at(const std::string& text, size_t at, uint32_t& code) {
  auto byte = [&](size_t k) { return static_cast<unsigned char>(text[at + k]); };
  const unsigned first = byte(0);
  if (first < 0x80) {
    code = first;
    return 1;
  }
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return 0;
  code = first & (0x7Fu >> size);
  for (size_t k = 1; k < size; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(k) & 0x3Fu);
  }
  const uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least || code > 0x10FFFF || surrogate ? 0 : size;
}

bool turns_text(uint32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x2028 || code == 0x2029;
}

std::string escaped(const char* format, unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::string printable(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    const size_t size = character_at(text, at, code);
    if (size == 0) {
      out += escaped("\\x%02x", static_cast<unsigned char>(text[at]));
    } else if (code == '\n' || code == '\r' || code == '\t') {
      out += code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += escaped("\\x%02x", code);
    } else if ((code >= 0x80 && code < 0xA0) || turns_text(code)) {
      out += escaped("\\u%04x", code);
    } else {
      out.append(text, at, size);
    }
    at += size == 0 ? 1 : size;
  }
  return out;
}

}  // namespace svg
