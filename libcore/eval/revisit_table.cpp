#include "libcore/eval/revisit_table.h"

#include <cmath>
#include <limits>
#include <map>

#include "libcore/eval/bootstrap.h"
#include "libcore/eval/cells.h"
#include "libcore/eval/revisit_rows.h"

namespace svg::eval {

namespace {

struct Column {
  const char* metric;
  const char* title;
  int digits;
  bool interval;
};

constexpr Column kColumns[] = {{"context_recall_v1", "context_recall_v1", 2, true},
                               {"recall_step_v1", "recall_step_v1", 2, true},
                               {"recall_past_v1", "recall_past_v1", 2, true},
                               {"recall_v1", "recall_v1", 2, true},
                               {"recall_near_v1", "recall_near_v1", 2, true},
                               {"recall_palette", "palette", 2, false},
                               {"recall_rank", "rank", 1, false},
                               {"revisit_psnr", "revisit_psnr", 1, true},
                               {"src_c_rand", "src_c_rand", 1, true},
                               {"maze_v1", "maze_v1", 2, true},
                               {"maze_end_v1", "maze_end_v1", 2, true},
                               {"action_right_psnr", "action: right", 1, false},
                               {"action_wrong_psnr", "wrong (dB)", 1, false},
                               {"sampling_sec", "sampling s/chunk", 3, false},
                               {"learning_sec", "learning s/chunk", 3, false}};

constexpr const char* kControls[] = {"none", "reset", "swapped"};
constexpr const char* kCompared[] = {"recall_step_v1", "recall_past_v1", "recall_v1", "src_c_rand"};

// Values of a metric by (script, episode), in one order for every row.
std::vector<double> values(const std::vector<ordered_json>& lines, const std::string& row,
                           const std::string& metric, const std::vector<std::string>& scripts) {
  std::map<std::pair<size_t, int64_t>, double> found;
  for (const auto& line : lines) {
    if (line.value("row", "") != row) continue;
    size_t script = 0;
    while (script < scripts.size() && scripts[script] != line.value("script", "")) ++script;
    if (script == scripts.size()) continue;
    const auto it = line.find(metric);
    const bool number = it != line.end() && it->is_number();
    found[{script, line.value("episode", int64_t{0})}] =
        number ? it->get<double>() : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<double> out;
  for (const auto& [key, value] : found) out.push_back(value);
  return out;
}

}  // namespace

ordered_json make_revisit_table(const std::vector<ordered_json>& lines,
                                const std::vector<std::string>& rows,
                                const std::vector<std::string>& scripts) {
  ordered_json table = {{"scripts", scripts},
                        {"rows", ordered_json::array()},
                        {"differences", ordered_json::array()}};
  for (const auto& row : rows) {
    ordered_json entry = {{"row", row}, {"meaning", meaning_of(enum_from<RowKind>(row, "row"))}};
    for (const auto& column : kColumns)
      entry[column.metric] = to_json(bootstrap_mean(values(lines, row, column.metric, scripts)));
    entry["episodes"] = values(lines, row, "queries", scripts).size();
    double queries = 0, dropped = 0;
    for (const double v : values(lines, row, "queries", scripts)) queries += v;
    for (const double v : values(lines, row, "queries_dropped", scripts)) dropped += v;
    entry["queries"] = queries;
    entry["queries_dropped"] = dropped;
    table["rows"].push_back(std::move(entry));
  }
  for (const char* control : kControls) {
    for (const char* metric : kCompared) {
      const auto own = values(lines, "temp-lora", metric, scripts),
                 other = values(lines, control, metric, scripts);
      if (own.empty() || own.size() != other.size()) continue;
      table["differences"].push_back({{"metric", metric},
                                      {"of", "temp-lora"},
                                      {"minus", control},
                                      {"difference", to_json(bootstrap_difference(own, other))}});
    }
  }
  return table;
}

std::string revisit_table_text(const ordered_json& table) {
  std::string text = "| row |";
  for (const auto& column : kColumns) text += std::string(" ") + column.title + " |";
  text += "\n|---|";
  for (size_t i = 0; i < std::size(kColumns); ++i) text += "---|";
  text += "\n";
  for (const auto& row : table.at("rows")) {
    text += "| " + row.at("row").get<std::string>() + " |";
    for (const auto& column : kColumns)
      text += " " + interval_cell(row.at(column.metric), column.digits, column.interval) + " |";
    text += "\n";
  }
  text += "\n";
  for (const auto& row : table.at("rows")) {
    text += "- " + row.at("row").get<std::string>() + ": " + row.at("meaning").get<std::string>() +
            ". " + std::to_string(row.at("episodes").get<int64_t>()) + " episodes, " +
            number_cell(row.at("queries"), 0) + " queries, " +
            number_cell(row.at("queries_dropped"), 0) + " dropped as ambiguous.\n";
  }
  for (const auto& d : table.at("differences")) {
    const bool rate = d.at("metric") != "src_c_rand";
    text += "- " + d.at("metric").get<std::string>() + ", " + d.at("of").get<std::string>() +
            " minus " + d.at("minus").get<std::string>() + ": " +
            interval_cell(d.at("difference"), rate ? 3 : 1, true) + "\n";
  }
  text +=
      "- Means over episodes with 95 % bootstrap intervals. Chance of recall is 1/24 = 0.042, of "
      "the rank 12.5.\n";
  return text;
}

}  // namespace svg::eval
