#include "libcore/base/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace svg {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

// All of `text` as a number; nothing where it is none.
template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number number{};
  const char *begin = text.data(), *end = begin + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// As short as it can be and still the same number.
std::string shortest(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return {text, end};
}

std::string expected_number(const Limits& limits) {
  const auto least = shortest(limits.least), most = shortest(limits.most);
  if (std::isfinite(limits.most)) return "expected a number in " + least + ".." + most;
  if (!std::isfinite(limits.least)) return "expected a number";
  return "expected " + std::string(limits.above ? "more than " : "at least ") + least;
}

bool is_allowed(const Limits& limits, double number) {
  return std::isfinite(number) && (limits.above ? number > limits.least : number >= limits.least) &&
         number <= limits.most;
}

bool contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::vector<Setting> picked(std::vector<Setting> settings, const std::vector<std::string>& keys,
                            bool named) {
  for (const auto& key : keys) {
    const auto is_it = [&](const Setting& s) { return s.key == key; };
    require(std::any_of(settings.begin(), settings.end(), is_it), ErrorKind::Internal,
            "there is no setting \"", key, "\"");
  }
  std::erase_if(settings, [&](const Setting& s) { return contains(keys, s.key) != named; });
  return settings;
}

[[noreturn]] void refuse_type(const std::string& where, const std::string& key,
                              const char* expected) {
  fail(ErrorKind::Data, where, ": key \"", key, "\" must be ", expected);
}

// The member gets doc[key].
void read_setting(const Setting& s, const json& doc, const std::string& where) {
  const auto& given = doc.at(s.key);
  const auto expect = [&](bool ok, const char* expected) {
    if (!ok) refuse_type(where, s.key, expected);
  };
  std::visit(Overloaded{[&](int64_t* member) { *member = read_integer(doc, s.key, where); },
                        [&](double* member) {
                          expect(given.is_number(), "a number");
                          *member = given.get<double>();
                        },
                        [&](bool* member) {
                          expect(given.is_boolean(), "true or false");
                          *member = given.get<bool>();
                        },
                        [&](std::string* member) {
                          expect(given.is_string(), "a string");
                          *member = given.get<std::string>();
                        },
                        [&](Range* member) {
                          expect(given.is_array() && given.size() == 2 &&
                                     given[0].is_number_integer() && given[1].is_number_integer(),
                                 "[low, high], two integers");
                          *member = {given[0].get<int64_t>(), given[1].get<int64_t>()};
                        },
                        [&](const Choice& choice) {
                          expect(given.is_string(), "a string");
                          choice.set(given.get<std::string>(), cat(where, ": \"", s.key, "\""),
                                     ErrorKind::Data);
                        }},
             s.value);
}

Range range_from(const Setting& s, const std::string& text) {
  const auto colon = text.find(':');
  const auto low = number_from<int64_t>(text.substr(0, colon));
  const auto high =
      colon == std::string::npos ? std::nullopt : number_from<int64_t>(text.substr(colon + 1));
  require(low && high, ErrorKind::Usage, s.flag, " \"", text, "\": expected LO:HI, such as 0:1000");
  return {*low, *high};
}

}  // namespace

std::string Setting::flag_behind(const std::string& prefix) const {
  auto dashed = key;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return prefix + dashed;
}

Setting Setting::with_flag(std::string name) const {
  auto other = *this;
  other.flag = std::move(name);
  other.own_flag_ = true;
  return other;
}

Setting Setting::recorded_as(std::string name, ordered_json written) const {
  auto other = *this;
  other.record = Record{std::move(name), std::move(written)};
  return other;
}

Setting Setting::unrecorded() const {
  return recorded_as("", nullptr);
}

std::vector<Setting> flags_begin_with(const std::string& prefix, std::vector<Setting> settings) {
  for (auto& s : settings) {
    if (!s.own_flag_) s.flag = s.flag_behind(prefix);
  }
  return settings;
}

std::vector<Setting> only(std::vector<Setting> settings, const std::vector<std::string>& keys) {
  return picked(std::move(settings), keys, true);
}

std::vector<Setting> without(std::vector<Setting> settings, const std::vector<std::string>& keys) {
  return picked(std::move(settings), keys, false);
}

ordered_json json_of(const Setting& s) {
  return std::visit(Overloaded{[](const auto* member) { return ordered_json(*member); },
                               [](const Range* member) {
                                 return ordered_json{member->low, member->high};
                               },
                               [](const Choice& choice) { return ordered_json(choice.get()); }},
                    s.value);
}

ordered_json json_of(const std::vector<Setting>& settings) {
  auto doc = ordered_json::object();
  for (const auto& s : settings) {
    if (!s.record) doc[s.key] = json_of(s);
    else if (!s.record->key.empty()) doc[s.record->key] = s.record->value;
  }
  return doc;
}

void read_settings(const std::vector<Setting>& settings, const json& doc, const std::string& where,
                   const std::vector<std::string>& others) {
  require(doc.is_object(), ErrorKind::Data, where, ": must be an object");
  for (const auto& [key, value] : doc.items()) {
    if (contains(others, key)) continue;
    const auto s = std::find_if(settings.begin(), settings.end(),
                                [&name = key](const Setting& x) { return x.key == name; });
    require(s != settings.end(), ErrorKind::Data, where, ": unknown key \"", key, "\"");
    read_setting(*s, doc, where);
  }
}

void set_from_text(const Setting& s, const std::string& text) {
  const auto refuse = [&](const std::string& expected) {
    fail(ErrorKind::Usage, s.flag, " \"", text, "\": ", expected);
  };
  std::visit(Overloaded{[&](int64_t* member) {
                          const auto number = number_from<int64_t>(text);
                          if (!number) refuse("expected a whole number");
                          *member = *number;
                        },
                        [&](double* member) {
                          const auto number = number_from<double>(text);
                          if (!number) refuse("expected a number");
                          *member = *number;
                        },
                        [&](bool* member) {
                          *member = text == "true";
                          if (!*member && text != "false") refuse("expected true or false");
                        },
                        [&](std::string* member) { *member = text; },
                        [&](Range* member) { *member = range_from(s, text); },
                        [&](const Choice& c) { c.set(text, s.flag, ErrorKind::Usage); }},
             s.value);
  check(s);
}

std::string text_of(const Setting& s) {
  return std::visit(
      Overloaded{[](const int64_t* member) { return std::to_string(*member); },
                 [](const double* member) { return shortest(*member); },
                 [](const bool* member) { return cat(*member ? "true" : "false"); },
                 [](const std::string* member) { return *member; },
                 [](const Range* member) { return cat(member->low, ":", member->high); },
                 [](const Choice& choice) { return choice.get(); }},
      s.value);
}

std::string kind_of(const Setting& s) {
  return std::visit(Overloaded{[](const int64_t*) { return std::string("N"); },
                               [](const double*) { return std::string("X"); },
                               [](const bool*) { return std::string(); },
                               [](const std::string*) { return std::string("TEXT"); },
                               [](const Range*) { return std::string("LO:HI"); },
                               [](const Choice& choice) { return joined(choice.names, "|"); }},
                    s.value);
}

void check(const Setting& s) {
  const auto require_number = [&](double number) {
    require(is_allowed(s.limits, number), ErrorKind::Usage, s.flag, " ", text_of(s), ": ",
            expected_number(s.limits));
  };
  std::visit(Overloaded{[&](int64_t* member) { require_number(static_cast<double>(*member)); },
                        [&](double* member) { require_number(*member); },
                        [&](Range* member) {
                          require(is_allowed(s.limits, static_cast<double>(member->low)) &&
                                      member->low < member->high,
                                  ErrorKind::Usage, s.flag, " ", text_of(s),
                                  ": expected LO:HI with ", shortest(s.limits.least),
                                  " <= LO < HI");
                        },
                        [](const auto&) {}},
             s.value);
}

void check(const std::vector<Setting>& settings) {
  for (const auto& s : settings) check(s);
}

}  // namespace svg
