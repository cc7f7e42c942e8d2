#include "libcore/eval/cells.h"

#include <cstdio>

namespace svg::eval {

ordered_json to_json(const Interval& i) {
  if (i.n == 0) return {{"mean", nullptr}, {"low", nullptr}, {"high", nullptr}, {"n", 0}};
  return {{"mean", i.mean}, {"low", i.low}, {"high", i.high}, {"n", i.n}};
}

bool has_numbers(const ordered_json& entries, const std::string& metric) {
  for (const auto& entry : entries) {
    const auto found = entry.find(metric);
    if (found != entry.end() && found->at("n").get<int64_t>() > 0) return true;
  }
  return false;
}

std::string number_cell(const ordered_json& v, int digits) {
  if (!v.is_number()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, v.get<double>());
  return text;
}

std::string interval_cell(const ordered_json& v, int digits, bool bounds) {
  if (!v.is_object() || !v.at("mean").is_number()) return "-";
  std::string text = number_cell(v.at("mean"), digits);
  if (bounds)
    text +=
        " [" + number_cell(v.at("low"), digits) + ", " + number_cell(v.at("high"), digits) + "]";
  return text;
}

}  // namespace svg::eval
