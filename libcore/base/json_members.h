// The members of a JSON object one by one, for headers that have very many: the whole of one takes
// many times the memory of its text.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "libcore/base/json.h"

namespace svg {

// Calls `member` for each, in the order of the text, which is held to the rules of parse_json().
// Throws Error{Data}, also where it is no object.
void parse_json_members(
    std::string_view text, const std::string& where,
    const std::function<void(const std::string& key, const json& value)>& member);

}  // namespace svg
