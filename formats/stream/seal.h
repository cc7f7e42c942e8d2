// JSON that notices damage: the last member of the object is "check", the first 16 hex digits of
// the SHA-256 of the text in which these 16 digits are '0'. Used by record headers, and by the
// small files and log lines of a memory.
#pragma once
#include <string>

#include "libcore/base/json.h"

namespace svg::formats {

// One line of JSON with "check" added (or made anew) as the last member.
std::string sealed(ordered_json header, const std::string& where);
// Throws Error{Data} unless `text` ends in "check":"<16 digits>"} and the digits fit.
void check_seal(const std::string& text, const std::string& where);
// check_seal, then the object without its "check".
ordered_json parse_sealed(const std::string& text, const std::string& where);

}  // namespace svg::formats
