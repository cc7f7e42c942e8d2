// nlohmann::json under a short name, and the few checks that every reader of ours makes.
#pragma once
#include <cstdint>
// An enum is written by its name (enum_names.h): as a number it does not compile.
#define JSON_DISABLE_ENUM_SERIALIZATION 1
#include <nlohmann/json.hpp>
#include <string>

#include "libcore/base/error.h"

namespace svg {

using json = nlohmann::json;
// Keeps the order of insertion: what we write, so that equal content gives equal bytes.
using ordered_json = nlohmann::ordered_json;

// Parses UTF-8 JSON; duplicate keys, trailing bytes and nesting deeper than 64 are errors.
// Throws Error{Data}: "<where>: <what>".
json parse_json(const std::string& text, const std::string& where);
// The same, keeping the order of keys.
ordered_json parse_ordered_json(const std::string& text, const std::string& where);
// One line of UTF-8 JSON. Throws Error{Data} where a string is not UTF-8.
std::string dump_json(const ordered_json& doc, const std::string& where);

// doc[key] as T. Throws Error{Data} naming `where`, the key and the type that was expected.
template <class T, class Json>
T json_get(const Json& doc, const std::string& key, const std::string& where) {
  auto it = doc.is_object() ? doc.find(key) : doc.end();
  if (!doc.is_object() || it == doc.end())
    fail(ErrorKind::Data, where, ": key \"", key, "\" is missing");
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
  bool fits =
      n.is_number_integer() && !(n.is_number_unsigned() && n.template get<uint64_t>() > INT64_MAX);
  require(fits, ErrorKind::Data, where, ": key \"", key, "\" must be an integer");
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
