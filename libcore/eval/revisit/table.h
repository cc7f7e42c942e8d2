// The table of a revisit evaluation: means over episodes with bootstrap intervals, and paired
// differences to the control rows.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg::eval {

// `lines`: {"row", "script", "episode", metric: value or null ...}. Episodes of all scripts count
// alike.
// -> {"rows": [{"row", "meaning", metric: {"mean", "low", "high", "n"}}], "differences": [...],
// "scripts": [...], "notes": [...]}
ordered_json make_revisit_table(const std::vector<ordered_json>& lines,
                                const std::vector<std::string>& rows,
                                const std::vector<std::string>& scripts);

// The same in Markdown, for a person and for a model card.
std::string revisit_table_text(const ordered_json& table);

}  // namespace svg::eval
