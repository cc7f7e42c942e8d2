// nlohmann::json under a short name, and the few checks that every reader of ours makes.
#pragma once
#include <cstdint>
// An enum is written by its name (enum_names.h): as a number it does not compile.
#define JSON_DISABLE_ENUM_SERIALIZATION 1
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>

#include "libcore/base/error.h"

namespace svg {

using json = nlohmann::json;
// Keeps the order of insertion: what we write, so that equal content gives equal bytes.
using ordered_json = nlohmann::ordered_json;

// Parses UTF-8 JSON in time proportional to its length; duplicate keys, trailing bytes, NULs,
// nesting deeper than 64 and more than 500,000 keys and values are errors. Throws Error{Data}:
// "<where>: <what>".
json parse_json(const std::string& text, const std::string& where);
// The same, keeping the order of keys.
ordered_json parse_ordered_json(const std::string& text, const std::string& where);
// Adds a member whose key the caller knows to be new: operator[] looks through all keys of an
// ordered object, which makes writing many of them quadratic.
void append_member(ordered_json& object, std::string key, ordered_json value);
// One line of UTF-8 JSON. Throws Error{Data} where a string is not UTF-8.
std::string dump_json(const ordered_json& doc, const std::string& where);

// Whether a value is a T as it stands: for integer types a whole number within T's range.
// (nlohmann's get<T>() makes 18446744073709551615 of -1, 1 of 1.5 and 1 of true.)
template <class T, class Json>
bool json_fits(const Json& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (value.is_number_unsigned()) return std::in_range<T>(value.template get<uint64_t>());
    return value.is_number_integer() && std::in_range<T>(value.template get<int64_t>());
  } else if constexpr (std::is_floating_point_v<T>) {
    return value.is_number();
  } else {
    return true;  // get<T>() checks
  }
}

// doc[key] as T. Throws Error{Data} naming `where`, the key and the type that was expected.
template <class T, class Json>
T json_get(const Json& doc, const std::string& key, const std::string& where) {
  auto it = doc.is_object() ? doc.find(key) : doc.end();
  if (!doc.is_object() || it == doc.end())
    fail(ErrorKind::Data, where, ": key \"", key, "\" is missing");
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    require(!it->is_number() || json_fits<T>(*it), ErrorKind::Data, where, ": key \"", key,
            "\" is ", it->dump(), ", expected a whole number",
            std::is_unsigned_v<T> ? " from 0 on" : "", " within range");
  }
  if (!json_fits<T>(*it))
    fail(ErrorKind::Data, where, ": key \"", key, "\" has the wrong type (", it->type_name(), ")");
  try {
    return it->template get<T>();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::Data, where, ": key \"", key, "\" has the wrong type (", it->type_name(), ")");
  }
}

// doc[key] as an integer: 1.0 and "1" are not one. Throws Error{Data}.
template <class Json>
int64_t read_integer(const Json& doc, const std::string& key, const std::string& where) {
  auto n = json_get<Json>(doc, key, where);
  require(json_fits<int64_t>(n), ErrorKind::Data, where, ": key \"", key, "\" must be an integer");
  return n.template get<int64_t>();
}

// The same with a fallback where the key is absent or null.
template <class T, class Json>
T json_get_or(const Json& doc, const std::string& key, T fallback, const std::string& where) {
  auto it = doc.is_object() ? doc.find(key) : doc.end();
  if (!doc.is_object() || it == doc.end() || it->is_null()) return fallback;
  return json_get<T>(doc, key, where);
}

}  // namespace svg
