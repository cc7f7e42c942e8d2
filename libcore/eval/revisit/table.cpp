#include "libcore/eval/revisit/table.h"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "libcore/eval/bootstrap.h"
#include "libcore/eval/cells.h"
#include "libcore/eval/revisit/gaps.h"
#include "libcore/eval/revisit/row_names.h"

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
                               {"psnr_v1", "psnr_v1", 1, true},
                               {"ssim_v1", "ssim_v1", 3, true},
                               {"revisit_psnr", "revisit_psnr", 1, true},
                               {"revisit_ssim", "revisit_ssim", 3, true},
                               {"src_c_rand", "src_c_rand", 1, true},
                               {"recall_self_v1", "recall_self_v1", 2, true},
                               {"self_src_c_rand", "self_src_c_rand", 1, true},
                               {"self_psnr", "self_psnr", 1, true},
                               {"self_ssim", "self_ssim", 3, true},
                               {"maze_v1", "maze_v1", 2, true},
                               {"maze_last10_v1", "maze_last10_v1", 2, true},
                               {"maze_end_v1", "maze_end_v1", 2, true},
                               {"action_right_psnr", "action: right", 1, false},
                               {"action_wrong_psnr", "wrong (dB)", 1, false},
                               {"sampling_sec", "sampling s/chunk", 3, false},
                               {"learning_sec", "learning s/chunk", 3, false}};

// Differences that tell memory from luck: of the first row, minus the second.
constexpr std::pair<const char*, const char*> kPairs[] = {
    {"temp-lora", "none"}, {"temp-lora", "reset"},     {"temp-lora", "swapped"},
    {"loop", "temp-lora"}, {"generated", "unrelated"}, {"generated", "replay"}};
constexpr const char* kCompared[] = {"recall_step_v1", "recall_past_v1", "recall_v1",
                                     "revisit_psnr",   "src_c_rand",     "recall_self_v1",
                                     "self_src_c_rand"};

// A metric over ranges of frames, and what they count.
struct Ranges {
  const char* metric;
  const char* counted;
  int digits;
};
constexpr Ranges kRanges[] = {{"recall_step_v1", "gap (frames)", 2},
                              {"recall_v1", "gap (frames)", 2},
                              {"revisit_psnr", "gap (frames)", 1},
                              {"maze_v1", "frames since the last given", 2},
                              {"psnr_v1", "frames since the last given", 1}};

std::vector<std::string> gap_names() {
  std::vector<std::string> names;
  for (const auto& gap : kGaps) names.emplace_back(gap.name);
  names.emplace_back(kShifted);
  return names;
}

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

std::string ranges_text(const ordered_json& rows) {
  std::string text;
  for (const auto& [metric, counted, digits] : kRanges) {
    std::vector<std::string> gaps;
    for (const auto& gap : gap_names())
      if (has_numbers(rows, gap_key(metric, gap))) gaps.push_back(gap);
    if (gaps.empty()) continue;
    text += cat("\n| ", metric, " by ", counted, " |");
    for (const auto& gap : gaps) text += cat(" ", gap, " |");
    text += "\n|---|";
    for (size_t i = 0; i < gaps.size(); ++i) text += "---|";
    for (const auto& row : rows) {
      text += "\n| " + row.at("row").get<std::string>() + " |";
      for (const auto& gap : gaps)
        text += " " + interval_cell(row.value(gap_key(metric, gap), ordered_json()), digits, true) +
                " |";
    }
    text += "\n";
  }
  return text;
}

int digits_of(const std::string& metric) {
  for (const auto& column : kColumns)
    if (metric == column.metric) return column.digits;
  return 3;
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
    for (const auto& range : kRanges) {
      for (const auto& gap : gap_names()) {
        const auto key = gap_key(range.metric, gap);
        const auto mean = bootstrap_mean(values(lines, row, key, scripts));
        if (mean.n > 0) entry[key] = to_json(mean);
      }
    }
    entry["episodes"] = values(lines, row, "queries", scripts).size();
    double queries = 0, dropped = 0;
    for (const double v : values(lines, row, "queries", scripts)) queries += v;
    for (const double v : values(lines, row, "queries_dropped", scripts)) dropped += v;
    entry["queries"] = queries;
    entry["queries_dropped"] = dropped;
    table["rows"].push_back(std::move(entry));
  }
  for (const auto& [of, minus] : kPairs) {
    for (const char* metric : kCompared) {
      const auto own = values(lines, of, metric, scripts),
                 other = values(lines, minus, metric, scripts);
      if (own.empty() || own.size() != other.size()) continue;
      const auto difference = bootstrap_difference(own, other);
      if (difference.n == 0) continue;
      table["differences"].push_back(
          {{"metric", metric}, {"of", of}, {"minus", minus}, {"difference", to_json(difference)}});
    }
  }
  return table;
}

std::string revisit_table_text(const ordered_json& table) {
  std::vector<Column> columns;
  for (const auto& column : kColumns)
    if (has_numbers(table.at("rows"), column.metric)) columns.push_back(column);
  std::string text = "| row |";
  for (const auto& column : columns) text += std::string(" ") + column.title + " |";
  text += "\n|---|";
  for (size_t i = 0; i < columns.size(); ++i) text += "---|";
  text += "\n";
  for (const auto& row : table.at("rows")) {
    text += "| " + row.at("row").get<std::string>() + " |";
    for (const auto& column : columns)
      text += " " + interval_cell(row.at(column.metric), column.digits, column.interval) + " |";
    text += "\n";
  }
  text += ranges_text(table.at("rows")) + "\n";
  for (const auto& row : table.at("rows")) {
    text += "- " + row.at("row").get<std::string>() + ": " + row.at("meaning").get<std::string>() +
            ". " + std::to_string(row.at("episodes").get<int64_t>()) + " episodes, " +
            number_cell(row.at("queries"), 0) + " queries, " +
            number_cell(row.at("queries_dropped"), 0) + " dropped as ambiguous.\n";
  }
  for (const auto& d : table.at("differences")) {
    // A difference is smaller than what it is of: one digit more, but for what has few.
    const auto metric = d.at("metric").get<std::string>();
    const int digits = digits_of(metric) == 2 ? 3 : digits_of(metric);
    text += "- " + metric + ", " + d.at("of").get<std::string>() + " minus " +
            d.at("minus").get<std::string>() + ": " +
            interval_cell(d.at("difference"), digits, true) + "\n";
  }
  text += "- Means over episodes with 95 % bootstrap intervals.";
  if (has_numbers(table.at("rows"), "recall_v1"))
    text += " Chance of recall is 1/24 = 0.042, of the rank 12.5.";
  return text + "\n";
}

}  // namespace svg::eval
