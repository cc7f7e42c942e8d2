#include <ATen/ATen.h>

#include <optional>
#include <sstream>

#include "libcore/base/error.h"
#include "libcore/base/text_table.h"
#include "libcore/eval/cells.h"
#include "libcore/eval/features/frechet.h"
#include "libcore/plan/imagined_video.h"
#include "libcore/plan/score_results.h"

namespace svg::plan {
namespace {

// In the order of columns; what no cell has is left out.
constexpr const char* kMetrics[] = {"dist",     "dtw",      "end",     "end_yaw",
                                    "dist_1",   "dist_2",   "dist_3",  "placed_1",
                                    "placed_2", "placed_3", "success", "success_view"};

// Whose differences from the other rows are measured.
constexpr const char* kOurs = "temp-lora";
constexpr const char* kLoop = "loop";

std::string text_number(const ordered_json& value) {
  std::ostringstream out;
  out << value.get<double>();
  return out.str();
}

struct Fvd {
  double value = 0;
  int64_t clips = 0;
};

// Over the tasks that have both; nothing below two clips.
std::optional<Fvd> fvd_of(const ScoreResults& results, const ScoreCell& cell,
                          const std::vector<std::string>& tasks) {
  std::vector<at::Tensor> imagined, truth;
  for (const std::string& task : tasks) {
    const auto mine = results.features(cell, task), theirs = results.features(kTruth, task);
    if (mine.empty() || theirs.empty()) continue;
    imagined.push_back(at::tensor(mine).view({-1, kVideoFeatures}));
    truth.push_back(at::tensor(theirs).view({-1, kVideoFeatures}));
  }
  if (imagined.empty()) return std::nullopt;
  const auto a = at::cat(imagined), b = at::cat(truth);
  if (a.size(0) < 2 || b.size(0) < 2) return std::nullopt;
  return Fvd{eval::frechet_distance(a, b), a.size(0)};
}

std::string block(const ordered_json& entries, const char* name,
                  const std::vector<const char*>& metrics) {
  std::vector<std::vector<std::string>> rows{{name, "feedback", "noise"}};
  for (const char* metric : metrics) rows[0].push_back(metric);
  for (const ordered_json& entry : entries) {
    std::vector<std::string> row{entry[name].get<std::string>(),
                                 entry["feedback"].get<std::string>(), text_number(entry["noise"])};
    for (const char* metric : metrics)
      row.push_back(entry.contains(metric) ? eval::interval_cell(entry[metric], 2, true) : "-");
    rows.push_back(std::move(row));
  }
  return text_table(rows);
}

}  // namespace

ordered_json score_table(const ScoreResults& results, const std::vector<ScoreCell>& cells,
                         const std::vector<std::string>& tasks, const std::string& fvd) {
  ordered_json out{{"tasks", tasks.size()},
                   {"cells", ordered_json::array()},
                   {"differences", ordered_json::array()}};
  for (const ScoreCell& cell : cells) {
    ordered_json entry{{"row", cell.row}, {"feedback", cell.feedback}, {"noise", cell.noise}};
    const ordered_json failures = results.failures(cell);
    int failed = 0;
    for (const auto& [code, count] : failures.items()) failed += count.get<int>();
    entry["failed"] = failed;
    if (failed > 0) entry["failures"] = failures;
    for (const char* metric : kMetrics) {
      const auto mine = eval::bootstrap_mean(results.values(cell, tasks, metric));
      if (mine.n > 0) entry[metric] = eval::to_json(mine);
    }
    if (!fvd.empty())
      if (const auto distance = fvd_of(results, cell, tasks)) {
        entry[fvd] = {{"value", distance->value}, {"n", distance->clips}};
        out["fvd"] = fvd;
      }
    out["cells"].push_back(std::move(entry));
  }
  for (const ScoreCell& cell : cells) {
    if (cell.row != kOurs && cell.row != kLoop) continue;
    for (const ScoreCell& other : cells) {
      const bool beside =
          other.noise == cell.noise && (other.feedback == cell.feedback || other.feedback == "-");
      if (!beside || other.row == kOurs || other.row == cell.row) continue;
      ordered_json entry{{"of", cell.row},
                         {"noise", cell.noise},
                         {"feedback", cell.feedback},
                         {"minus", other.row}};
      for (const char* metric : kMetrics) {
        const auto d = eval::bootstrap_difference(results.values(cell, tasks, metric),
                                                  results.values(other, tasks, metric));
        if (d.n > 0) entry[metric] = eval::to_json(d);
      }
      out["differences"].push_back(std::move(entry));
    }
  }
  return out;
}

std::string score_text(const ordered_json& table) {
  std::vector<const char*> metrics;
  for (const char* metric : kMetrics)
    if (eval::has_numbers(table["cells"], metric)) metrics.push_back(metric);
  std::string text = cat(table["tasks"].get<size_t>(), " tasks; means with 95 % intervals\n") +
                     block(table["cells"], "row", metrics);
  if (table.contains("fvd")) {
    const auto name = table["fvd"].get<std::string>();
    std::vector<std::vector<std::string>> rows{{"imagined video of", "feedback", name, "clips"}};
    for (const ordered_json& cell : table["cells"])
      if (cell.contains(name))
        rows.push_back({cat(cell["row"].get<std::string>(), ", noise ", text_number(cell["noise"])),
                        cell["feedback"].get<std::string>(),
                        eval::number_cell(cell[name]["value"], 1), cell[name]["n"].dump()});
    text += "\n" + text_table(rows);
  }
  for (const ordered_json& cell : table["cells"])
    if (cell["failed"] != 0)
      text += cat(cell["row"].get<std::string>(), ": ", cell["failed"].get<int>(),
                  " tasks failed and do not count\n");
  for (const char* row : {kOurs, kLoop}) {
    auto differences = ordered_json::array();
    for (const ordered_json& entry : table["differences"])
      if (entry["of"] == row) differences.push_back(entry);
    if (!differences.empty())
      text += cat("\n", row, " minus\n", block(differences, "minus", metrics));
  }
  return text;
}

int exit_code_of(const ordered_json& table) {
  int code = 0;
  for (const ordered_json& cell : table["cells"]) {
    if (cell["failed"] == 0 || cell["failed"] != table["tasks"]) continue;
    const auto dead = cat(static_cast<int>(ErrorKind::Unavailable));
    if (cell["failures"].contains(dead)) return static_cast<int>(ErrorKind::Unavailable);
    code = static_cast<int>(ErrorKind::Data);
  }
  return code;
}

}  // namespace svg::plan
