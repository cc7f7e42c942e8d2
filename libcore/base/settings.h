// One description per setting. A settings struct has one function that lists its fields, and that
// list makes the command-line flag, the JSON key (svg.json, provenance), the check and the default
// that --help shows. Torch-free.
//
// To add a setting, add a member with its default to the struct and a line to the list:
//
//   struct FastSettings {
//     double decay = 0;  // share of the memory's update that goes before each chunk is learned
//   };
//   std::vector<Setting> settings_of(FastSettings& s) {
//     return flags_begin_with("--fast-", {
//         {"decay", s.decay, "Share of the memory that is forgotten before ...", between(0, 1)},
//     });
//   }
//
// That is --fast-decay and "decay". A mode is an enum with a table of names (enum_names.h). What
// holds between two settings is checked in the struct's own validate().
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/base/json.h"

namespace svg {

// Whole numbers low <= n < high. As text LO:HI, in JSON [low, high].
struct Range {
  int64_t low = 0, high = 0;
  bool operator==(const Range&) const = default;
};

// What a number may be; both ends are allowed unless `above`. Of a range: what its low end may be,
// and high is always more than low.
struct Limits {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool above = false;  // `least` itself is not allowed
};
constexpr Limits at_least(double least) {
  return {.least = least};
}
constexpr Limits more_than(double least) {
  return {.least = least, .above = true};
}
constexpr Limits between(double least, double most) {
  return {.least = least, .most = most};
}

// A member that is an enum.
struct Choice {
  std::vector<std::string> names;
  std::function<std::string()> get;
  std::function<void(const std::string& name, const std::string& what, ErrorKind)> set;
};

// A described field, bound to the member of one struct, which must outlive it.
class Setting {
 public:
  using Value = std::variant<int64_t*, double*, bool*, std::string*, Range*, Choice>;

  template <class T>
  Setting(std::string json_key, T& member, std::string what, Limits allowed = {})
      : key(std::move(json_key)),
        flag(flag_behind("--")),
        help(std::move(what)),
        limits(allowed),
        value(value_of(member)) {}

  // Another flag than the one that follows from the key.
  Setting with_flag(std::string name) const;
  // JSON that is written has `written` under `name` instead of the member: for what is derived from
  // it. What is read is the member, under its key.
  Setting recorded_as(std::string name, ordered_json written) const;
  // JSON that is written leaves it out: it changes no result.
  Setting unrecorded() const;

  std::string key;   // of JSON, snake_case
  std::string flag;  // --dashed-key, after the prefix of the list
  std::string help;
  Limits limits;
  Value value;
  struct Record {
    std::string key;  // empty: not written
    ordered_json value;
  };
  std::optional<Record> record;  // nothing: the member, under its key

 private:
  friend std::vector<Setting> flags_begin_with(const std::string&, std::vector<Setting>);

  std::string flag_behind(const std::string& prefix) const;
  bool own_flag_ = false;

  template <class T>
  static Value value_of(T& member) {
    if constexpr (NamedEnum<T>) {
      return Choice{all_names<T>(), [&member] { return std::string(name_of(member)); },
                    [&member](const std::string& name, const std::string& what, ErrorKind kind) {
                      member = enum_from<T>(name, what, kind);
                    }};
    } else {
      return &member;
    }
  }
};

// The same settings, whose flags begin with `prefix` ("--fast-") unless they have one of their own.
std::vector<Setting> flags_begin_with(const std::string& prefix, std::vector<Setting> settings);
// Those with these keys; those without them. Throw Error{Internal} for a key that there is not.
std::vector<Setting> only(std::vector<Setting> settings, const std::vector<std::string>& keys);
std::vector<Setting> without(std::vector<Setting> settings, const std::vector<std::string>& keys);

// One value as JSON: what read_settings() reads.
ordered_json json_of(const Setting&);
// All that is recorded, in the order of the list.
ordered_json json_of(const std::vector<Setting>&);
// The members whose keys are in `doc` get its values; keys in `others` are left to the caller.
// Throws Error{Data} naming `where` and the key: an unknown one, or a value of the wrong type.
void read_settings(const std::vector<Setting>&, const json& doc, const std::string& where,
                   const std::vector<std::string>& others = {});

// Gives the member the value that a flag's text stands for. Throws Error{Usage} naming the flag:
// text that is no such value, or one outside of the limits.
void set_from_text(const Setting&, const std::string& text);
// The value as a flag takes it.
std::string text_of(const Setting&);
// What a flag takes, for --help: N, X, TEXT, LO:HI, a|b|c; empty for a bool.
std::string kind_of(const Setting&);

// Throws Error{Usage} naming the flag of a value outside of its limits.
void check(const Setting&);
void check(const std::vector<Setting>&);

}  // namespace svg
