// nlohmann::json under a short name, and the few checks that every reader of ours makes.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "formats/base/error.h"

namespace svg {

using json = nlohmann::json;
// Keeps the order of insertion: what we write, so that equal content gives equal bytes.
using ordered_json = nlohmann::ordered_json;

// Parses UTF-8 JSON; duplicate keys, trailing bytes and nesting deeper than 64 are errors.
// Throws Error{Data}: "<where>: <what>".
json parse_json(const std::string& text, const std::string& where);

// doc[key] as T. Throws Error{Data} naming `where`, the key and the type that was expected.
template <class T>
T json_get(const json& doc, const std::string& key, const std::string& where) {
  auto it = doc.is_object() ? doc.find(key) : doc.end();
  if (!doc.is_object() || it == doc.end()) fail(ErrorKind::Data, where, ": key \"", key, "\" is missing");
  try {
    return it->template get<T>();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::Data, where, ": key \"", key, "\" has the wrong type (", it->type_name(), ")");
  }
}

// The same with a fallback where the key is absent or null.
template <class T>
T json_get_or(const json& doc, const std::string& key, T fallback, const std::string& where) {
  auto it = doc.is_object() ? doc.find(key) : doc.end();
  if (!doc.is_object() || it == doc.end() || it->is_null()) return fallback;
  return json_get<T>(doc, key, where);
}

}  // namespace svg
