// Intervals as JSON, and as cells of a table for a person.
#pragma once
#include <string>

#include "libcore/base/json.h"
#include "libcore/eval/bootstrap.h"

namespace svg::eval {

// {"mean", "low", "high", "n"}; nulls where no episode counts.
ordered_json to_json(const Interval&);

// Whether one of the objects has a number under `metric`: an interval as to_json gives it, of one
// episode or more. What none has is no column of a table.
bool has_numbers(const ordered_json& entries, const std::string& metric);

// "0.62"; "-" for what is no number.
std::string number_cell(const ordered_json& value, int digits);
// "0.62 [0.55, 0.69]", or the mean alone. `interval` as to_json gives it.
std::string interval_cell(const ordered_json& interval, int digits, bool bounds);

}  // namespace svg::eval
