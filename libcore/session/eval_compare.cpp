#include "libcore/session/eval_compare.h"

#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"
#include "libcore/eval/cells.h"
#include "libcore/session/guard.h"

namespace svg::session {

namespace {

struct Metric {
  const char* name;
  int digits;
};
constexpr Metric kMetrics[] = {{"context_recall_v1", 2},
                               {"recall_step_v1", 2},
                               {"recall_past_v1", 2},
                               {"recall_v1", 2},
                               {"src_c_rand", 1}};

// One row of one evaluation.
struct Results {
  std::string name, row;
  json settings;
  std::map<std::pair<std::string, int64_t>, ordered_json> episodes;  // by script and number

  std::vector<double> values(const char* metric) const {
    std::vector<double> out;
    for (const auto& [key, line] : episodes) {
      const auto it = line.find(metric);
      out.push_back(it != line.end() && it->is_number() ? it->get<double>()
                                                        : std::numeric_limits<double>::quiet_NaN());
    }
    return out;
  }
};

std::string choose_row(const std::set<std::string>& rows, const std::string& wanted,
                       const std::string& where) {
  require(!rows.empty(), ErrorKind::Data, where, ": holds no episode");
  const std::string row = !wanted.empty() ? wanted : rows.size() == 1 ? *rows.begin() : "temp-lora";
  std::string list;
  for (const auto& name : rows) list += (list.empty() ? "" : ", ") + name;
  require(rows.count(row) > 0, ErrorKind::Config, where, ": has no row ", row, ", but ", list,
          ": name one by --row");
  return row;
}

Results read_results(const std::string& folder, const std::string& row) {
  const auto path = folder + "/episodes.jsonl", settings = folder + "/settings.json";
  require(path_exists(settings), ErrorKind::NoInput, folder,
          ": holds no results of svg-eval revisit");
  Results r{std::filesystem::path(folder).lexically_normal().filename().string(),
            "",
            parse_json(read_file(settings), settings),
            {}};
  if (r.name.empty()) r.name = folder;
  std::vector<ordered_json> lines;
  std::set<std::string> rows;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) {
    lines.push_back(parse_ordered_json(line, cat(path, ": line ", lines.size() + 1)));
    rows.insert(json_get<std::string>(lines.back(), "row", path));
  }
  r.row = choose_row(rows, row, path);
  for (auto& line : lines) {
    if (line.at("row") == r.row)
      r.episodes[{json_get<std::string>(line, "script", path),
                  json_get<int64_t>(line, "episode", path)}] = line;
  }
  return r;
}

void check_same_episodes(const Results& a, const Results& b) {
  for (const char* key : {"world", "split", "learn_return", "chunks"}) {
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

std::string table_text(const ordered_json& table) {
  std::string text = "| results |";
  for (const auto& m : kMetrics) text += std::string(" ") + m.name + " |";
  text += "\n|---|";
  for (size_t i = 0; i < std::size(kMetrics); ++i) text += "---|";
  for (const auto& entry : table) {
    const bool first = !entry.contains("minus");
    text += "\n| " + entry.at("results").get<std::string>() +
            (first ? " |" : " minus " + entry.at("minus").get<std::string>() + " |");
    for (const auto& m : kMetrics)
      text += " " + eval::interval_cell(entry.at(m.name), m.digits, true) + " |";
  }
  return text + "\n";
}

Report compare(const CompareOptions& o) {
  std::vector<Results> all;
  for (const auto& folder : o.results) all.push_back(read_results(folder, o.row));
  ordered_json table = ordered_json::array();
  for (const auto& r : all) {
    const auto& base = all.front();
    check_same_episodes(base, r);
    ordered_json entry = {{"results", r.name}, {"row", r.row}};
    if (&r != &base) entry["minus"] = base.name;
    for (const auto& m : kMetrics) {
      entry[m.name] = eval::to_json(
          &r == &base ? eval::bootstrap_mean(r.values(m.name))
                      : eval::bootstrap_difference(r.values(m.name), base.values(m.name)));
    }
    table.push_back(std::move(entry));
  }
  return {table, table_text(table)};
}

}  // namespace

}  // namespace svg::session

void svg_compare_session(const svg::session::CompareOptions& options, svg::Context&,
                         svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::compare(options); });
}
