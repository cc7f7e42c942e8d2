#include "libcore/session/eval_compare.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "libcore/base/enum_names.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/eval/bootstrap.h"
#include "libcore/eval/cells.h"
#include "libcore/eval/revisit/result_folder.h"
#include "libcore/session/guard.h"

namespace svg::session {

namespace {

struct Metric {
  const char* name;
  int digits;
};
constexpr Metric kMetrics[] = {
    {"context_recall_v1", 2}, {"recall_step_v1", 2}, {"recall_past_v1", 2},  {"recall_v1", 2},
    {"src_c_rand", 1},        {"recall_self_v1", 2}, {"self_src_c_rand", 1}, {"maze_v1", 2},
    {"psnr_v1", 1},           {"revisit_psnr", 1}};
constexpr double kSignificant = 0.05;

using Episode = std::pair<std::string, int64_t>;  // script and number

// One row of one evaluation.
struct Run {
  std::string name, row;
  json settings;
  std::map<Episode, ordered_json> episodes;

  double value(const Episode& episode, const char* metric) const {
    const auto& line = episodes.at(episode);
    const auto it = line.find(metric);
    return it != line.end() && it->is_number() ? it->get<double>()
                                               : std::numeric_limits<double>::quiet_NaN();
  }
};

// Evaluations of models that differ in their training seed alone: their mean of each episode
// counts.
struct Results {
  std::vector<Run> seeds;

  const Run& first() const { return seeds.front(); }
  std::string name() const {
    return seeds.size() == 1 ? first().name : cat(first().name, " (", seeds.size(), " seeds)");
  }
  // Of each episode, NaN where a seed has no number.
  std::vector<double> values(const char* metric) const {
    std::vector<double> out;
    for (const auto& [episode, line] : first().episodes) {
      double sum = 0;
      for (const auto& seed : seeds) sum += seed.value(episode, metric);
      out.push_back(sum / static_cast<double>(seeds.size()));
    }
    return out;
  }
  // The mean of each seed.
  std::vector<double> means_of_seeds(const char* metric) const {
    std::vector<double> means;
    for (const auto& seed : seeds) {
      std::vector<double> values;
      for (const auto& [episode, line] : seed.episodes)
        values.push_back(seed.value(episode, metric));
      means.push_back(eval::bootstrap_mean(values).mean);
    }
    return means;
  }
};

std::string choose_row(const std::set<std::string>& rows, const std::string& wanted,
                       const std::string& where) {
  require(!rows.empty(), ErrorKind::Data, where, ": holds no episode");
  const std::string row = !wanted.empty() ? wanted : rows.size() == 1 ? *rows.begin() : "temp-lora";
  require(rows.contains(row), ErrorKind::Config, where, ": has no row ", row, ", but ",
          joined({rows.begin(), rows.end()}), ": name one by --row");
  return row;
}

Run read_run(const std::string& folder, const std::string& row) {
  auto read = eval::read_revisit_results(folder);
  Run r{std::filesystem::path(folder).lexically_normal().filename().string(),
        "",
        json(read.settings),
        {}};
  if (r.name.empty()) r.name = folder;
  std::set<std::string> rows;
  for (const auto& line : read.lines) rows.insert(line.at("row").get<std::string>());
  r.row = choose_row(rows, row, folder + "/episodes.jsonl");
  for (auto& line : read.lines) {
    if (line.at("row") == r.row)
      r.episodes[{line.at("script").get<std::string>(), line.at("episode").get<int64_t>()}] = line;
  }
  return r;
}

void check_same_episodes(const Run& a, const Run& b) {
  for (const char* key : {"world", "split", "learn_return", "chunks", "self", "data", "given"}) {
    require(a.settings.value(key, json()) == b.settings.value(key, json()), ErrorKind::Config,
            a.name, " and ", b.name, ": differ in ", key, " (",
            a.settings.value(key, json()).dump(), ", ", b.settings.value(key, json()).dump(),
            "): not the same episodes");
  }
  const bool same = a.episodes.size() == b.episodes.size() &&
                    std::equal(a.episodes.begin(), a.episodes.end(), b.episodes.begin(),
                               [](const auto& x, const auto& y) { return x.first == y.first; });
  require(same, ErrorKind::Config, a.name, " has ", a.episodes.size(), " episodes, ", b.name, " ",
          b.episodes.size(), ": not the same episodes");
}

// "FOLDER" or "FOLDER,FOLDER,..."
Results read_results(const std::string& folders, const std::string& row) {
  Results results;
  std::istringstream list(folders);
  for (std::string folder; std::getline(list, folder, ',');)
    results.seeds.push_back(read_run(folder, row));
  require(!results.seeds.empty(), ErrorKind::Usage, "a folder of results has no name");
  for (const auto& seed : results.seeds) check_same_episodes(results.first(), seed);
  return results;
}

std::string table_text(const ordered_json& table) {
  std::vector<Metric> metrics;
  for (const auto& m : kMetrics)
    if (eval::has_numbers(table, m.name)) metrics.push_back(m);
  std::string text = "| results |";
  for (const auto& m : metrics) text += std::string(" ") + m.name + " |";
  text += "\n|---|";
  for (size_t i = 0; i < metrics.size(); ++i) text += "---|";
  for (const auto& entry : table) {
    const bool first = !entry.contains("minus");
    text += "\n| " + entry.at("results").get<std::string>() +
            (first ? " |" : " minus " + entry.at("minus").get<std::string>() + " |");
    for (const auto& m : metrics) {
      const auto& cell = entry.at(m.name);
      const bool beyond_chance = !first && cell.at("p_holm").get<double>() < kSignificant;
      text += " " + eval::interval_cell(cell, m.digits, true) + (beyond_chance ? " \\* |" : " |");
    }
  }
  return text +
         "\n\n- Means with 95 % bootstrap intervals over episodes. \\*: beyond chance, at 5 % by a "
         "paired permutation test with Holm's correction over the rows.\n";
}

// p and p_holm for every difference: the results that are compared in one metric are one family.
void test_differences(ordered_json& table, const std::vector<Results>& all) {
  for (const auto& m : kMetrics) {
    std::vector<double> p_values;
    for (size_t i = 1; i < all.size(); ++i)
      p_values.push_back(eval::paired_p_value(all[i].values(m.name), all[0].values(m.name)));
    const auto corrected = eval::holm_corrected(p_values);
    for (size_t i = 1; i < all.size(); ++i) {
      table[i][m.name]["p"] = p_values[i - 1];
      table[i][m.name]["p_holm"] = corrected[i - 1];
    }
  }
}

// The results that have less of the metric than the first.
std::vector<std::string> worse(const ordered_json& table, const std::string& metric) {
  std::vector<std::string> names;
  for (const auto& entry : table) {
    if (!entry.contains("minus")) continue;
    const auto& cell = entry.at(metric);
    if (cell.at("p_holm").get<double>() < kSignificant && cell.at("mean").get<double>() < 0)
      names.push_back(entry.at("results").get<std::string>());
  }
  return names;
}

Report compare(const CompareOptions& o) {
  if (!o.fail_if_worse.empty()) {
    std::vector<std::string> known;
    for (const auto& m : kMetrics) known.push_back(m.name);
    require(std::find(known.begin(), known.end(), o.fail_if_worse) != known.end(), ErrorKind::Usage,
            "--fail-if-worse ", o.fail_if_worse, ": expected one of ", joined(known));
  }
  std::vector<Results> all;
  for (const auto& folder : o.results) all.push_back(read_results(folder, o.row));
  ordered_json table = ordered_json::array();
  for (const auto& r : all) {
    const auto& base = all.front();
    check_same_episodes(base.first(), r.first());
    ordered_json entry = {{"results", r.name()}, {"row", r.first().row}};
    if (&r != &base) entry["minus"] = base.name();
    for (const auto& m : kMetrics) {
      auto& cell = entry[m.name] = eval::to_json(
          &r == &base ? eval::bootstrap_mean(r.values(m.name))
                      : eval::bootstrap_difference(r.values(m.name), base.values(m.name)));
      if (r.seeds.size() > 1) cell["seeds"] = r.means_of_seeds(m.name);
    }
    table.push_back(std::move(entry));
  }
  test_differences(table, all);
  Report report{table, table_text(table)};
  if (o.fail_if_worse.empty()) return report;
  require(eval::has_numbers(table, o.fail_if_worse), ErrorKind::Data, "--fail-if-worse ",
          o.fail_if_worse, ": the results have no number of it");
  const auto names = worse(table, o.fail_if_worse);
  if (!names.empty()) {
    log_error(cat(joined(names), names.size() == 1 ? " is" : " are", " worse than ",
                  all.front().name(), " in ", o.fail_if_worse));
    report.exit_code = 1;
  }
  return report;
}

}  // namespace

}  // namespace svg::session

void svg_compare_session(const svg::session::CompareOptions& options, svg::Context&,
                         svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::compare(options); });
}
