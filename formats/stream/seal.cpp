#include "formats/stream/seal.h"

#include "libcore/base/error.h"
#include "libcore/base/hash.h"

namespace svg::formats {
namespace {

constexpr size_t kCheckDigits = 16;
constexpr const char* kZeros = "0000000000000000";

}  // namespace

std::string sealed(ordered_json header, const std::string& where) {
  header.erase("check");
  header["check"] = kZeros;
  std::string text = dump_json(header, where);
  std::string digest = sha256_hex(as_bytes_of(text)).substr(0, kCheckDigits);
  text.replace(text.size() - kCheckDigits - 2, kCheckDigits, digest);
  parse_ordered_json(text,
                     where);  // nothing is written that a reader would refuse: too deep, too much
  return text;
}

void check_seal(const std::string& text, const std::string& where) {
  const std::string key = "\"check\":\"";
  size_t tail = key.size() + kCheckDigits + 2;
  bool sealed = text.size() > tail && text.compare(text.size() - tail, key.size(), key) == 0 &&
                text.compare(text.size() - 2, 2, "\"}") == 0;
  require(sealed, ErrorKind::Data, where, ": the JSON does not end in a \"check\" of ",
          kCheckDigits, " digits");
  std::string zeroed = text, stated = text.substr(text.size() - kCheckDigits - 2, kCheckDigits);
  zeroed.replace(text.size() - kCheckDigits - 2, kCheckDigits, kZeros);
  require(sha256_hex(as_bytes_of(zeroed)).compare(0, kCheckDigits, stated) == 0, ErrorKind::Data,
          where, ": the check does not match: the file is damaged");
}

ordered_json parse_sealed(const std::string& text, const std::string& where) {
  check_seal(text, where);
  ordered_json doc = parse_ordered_json(text, where);
  doc.erase("check");
  return doc;
}

}  // namespace svg::formats
