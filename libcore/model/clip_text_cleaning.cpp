#include "libcore/model/clip_text_cleaning.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "libcore/base/error.h"

namespace svg::clip {

namespace {

enum class Kind { Letter, Number, Space, Other };

Kind kind_of(utf8proc_int32_t c) {
  if ((c >= 0x09 && c <= 0x0d) || c == 0x85)
    return Kind::Space;  // the control characters among White_Space
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return Kind::Letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return Kind::Number;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return Kind::Space;
    default:
      return Kind::Other;
  }
}

struct Letter {
  utf8proc_int32_t code;
  size_t bytes;
};

Letter letter_at(std::string_view text, size_t at) {
  utf8proc_int32_t code = 0;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                  static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  require(n > 0, ErrorKind::Data, "a prompt is not UTF-8 (byte ", at, ")");
  return {code, static_cast<size_t>(n)};
}

void append(std::string& text, utf8proc_int32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes;
  const auto n = utf8proc_encode_char(code, bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(n));
}

std::string composed(std::string_view text) {
  utf8proc_uint8_t* result = nullptr;
  const auto n = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                              static_cast<utf8proc_ssize_t>(text.size()), &result,
                              static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  require(n >= 0, ErrorKind::Data, "a prompt is not UTF-8 (", utf8proc_errmsg(n), ")");
  return {reinterpret_cast<const char*>(result), static_cast<size_t>(n)};
}

constexpr std::string_view kSpecials[] = {"<|startoftext|>", "<|endoftext|>"};
constexpr std::string_view kContractions[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

// Where the piece that begins at `at` ends: the first of CLIP's alternatives that matches, white
// space excluded.
size_t piece_end(std::string_view text, size_t at) {
  for (auto word : kSpecials)
    if (text.substr(at).starts_with(word)) return at + word.size();
  for (auto word : kContractions)
    if (text.substr(at).starts_with(word)) return at + word.size();
  const Letter first = letter_at(text, at);
  const Kind kind = kind_of(first.code);
  size_t end = at + first.bytes;
  if (kind == Kind::Number) return end;
  while (end < text.size()) {
    const Letter next = letter_at(text, end);
    if (kind_of(next.code) != kind) break;
    end += next.bytes;
  }
  return end;
}

bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
}

}  // namespace

std::string clean(std::string_view text) {
  const std::string source = composed(text);
  std::string result;
  bool in_space = false;
  for (size_t at = 0; at < source.size();) {
    const Letter letter = letter_at(source, at);
    at += letter.bytes;
    const bool space = kind_of(letter.code) == Kind::Space;
    if (space) {
      if (!in_space) result += ' ';
    } else if (letter.code == 0x130) {
      result += "i\u0307";  // the one letter whose lower case is two
    } else {
      append(result, utf8proc_tolower(letter.code));
    }
    in_space = space;
  }
  return result;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> pieces;
  for (size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    if (kind_of(letter.code) == Kind::Space) {
      at += letter.bytes;
      continue;
    }
    const size_t end = piece_end(text, at);
    const std::string_view piece = text.substr(at, end - at);
    if (std::find(std::begin(kSpecials), std::end(kSpecials), piece) != std::end(kSpecials)) {
      // A special token's name that was not taken as one is spelt out: the byte level splits once
      // more.
      pieces.insert(pieces.end(), {"<|", std::string(piece.substr(2, piece.size() - 4)), "|>"});
    } else {
      pieces.emplace_back(piece);
    }
    at = end;
  }
  return pieces;
}

std::vector<int> byte_order() {
  std::vector<int> order, rest;
  for (int b = 0; b < 256; ++b) (stands_for_itself(b) ? order : rest).push_back(b);
  order.insert(order.end(), rest.begin(), rest.end());
  return order;
}

const std::vector<std::string>& byte_letters() {
  static const std::vector<std::string> letters = [] {
    std::vector<std::string> result(256);
    int stand_in = 256;
    for (int b = 0; b < 256; ++b) append(result[b], stands_for_itself(b) ? b : stand_in++);
    return result;
  }();
  return letters;
}

}  // namespace svg::clip
