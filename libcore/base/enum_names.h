// Names of an enum's values, as flags, JSON and messages spell them. One function beside the enum
// says them all, and is found through the enum's namespace:
//
//   enum class Source { Local, All };
//   constexpr auto names_of(Source) {
//     return std::to_array<EnumName<Source>>({{Source::Local, "local"}, {Source::All, "all"}});
//   }
#pragma once
#include <array>
#include <string>
#include <vector>

#include "libcore/base/error.h"

namespace svg {

template <class E>
struct EnumName {
  E value;
  const char* name;
};

template <class E>
concept NamedEnum = requires(E e) {
  names_of(e);
};

template <NamedEnum E>
const char* name_of(E value) {
  for (const auto& entry : names_of(E{})) {
    if (entry.value == value) return entry.name;
  }
  fail(ErrorKind::Internal, "an enum value without a name: ", static_cast<int>(value));
}

// In the order of the table.
template <NamedEnum E>
std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const auto& entry : names_of(E{})) names.emplace_back(entry.name);
  return names;
}

// "a, b, c"
inline std::string joined(const std::vector<std::string>& names, const char* separator = ", ") {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : separator) + name;
  return all;
}

// The value called `name`. Throws Error{kind}: `<what> "<name>": expected one of <names>`.
template <NamedEnum E>
E enum_from(const std::string& name, const std::string& what, ErrorKind kind = ErrorKind::Usage) {
  for (const auto& entry : names_of(E{})) {
    if (name == entry.name) return entry.value;
  }
  fail(kind, what, " \"", name, "\": expected one of ", joined(all_names<E>()));
}

}  // namespace svg
