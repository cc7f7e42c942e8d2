#include "libcore/plan/score_results.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/path.h"

namespace svg::plan {
namespace {

constexpr const char* kSettings = "settings.json";

std::string file_of(const Shard& shard) {
  return shard.of == 1 ? "results.jsonl"
                       : cat("results-", shard.index + 1, "-of-", shard.of, ".jsonl");
}

bool is_of(const ordered_json& line, const ScoreCell& cell) {
  return line["row"] == cell.row && line["feedback"] == cell.feedback &&
         line["noise"] == cell.noise;
}

}  // namespace

ScoreResults::ScoreResults(const std::string& folder, const std::string& settings, bool resume,
                           const Shard& shard) {
  const std::string said = folder + "/" + kSettings, own = file_of(shard);
  const bool alone = shard.of == 1;
  make_directories(folder);
  const bool there = path_exists(said, ErrorKind::CannotCreate);
  require(resume || !(alone ? there : path_exists(folder + "/" + own, ErrorKind::CannotCreate)),
          ErrorKind::CannotCreate, folder, ": holds scores: --resume goes on with them");
  if (there)
    require(read_file(said) == settings, ErrorKind::Config, said,
            ": says other settings than this command");
  else write_file_atomically(said, settings);
  for (const std::string& name : names_in(folder)) {
    if (!name.starts_with("results") || !name.ends_with(".jsonl")) continue;
    const std::string path = cat(folder, '/', name);
    const std::string text = read_file(path);
    std::istringstream lines(text);
    std::string whole;
    for (std::string line; std::getline(lines, line);) {
      if (lines.eof()) break;  // torn
      lines_.push_back(parse_ordered_json(line, path));
      whole += line;
      whole += '\n';
    }
    if (name == own && whole != text) write_file_atomically(path, whole);
  }
  out_ = LineFile::in(folder, own);
}

bool ScoreResults::has(const ScoreCell& cell, const std::string& task) const {
  return std::any_of(lines_.begin(), lines_.end(), [&](const ordered_json& line) {
    return is_of(line, cell) && line["task"] == task;
  });
}

void ScoreResults::add(const ScoreCell& cell, const std::string& task, const ordered_json& scores,
                       const std::optional<Failure>& failure, const std::vector<float>& features) {
  ordered_json line{
      {"row", cell.row}, {"feedback", cell.feedback}, {"noise", cell.noise}, {"task", task}};
  if (failure) {
    line["failed"] = failure->what;
    line["exit"] = static_cast<int>(failure->kind);
  } else {
    line["scores"] = scores;
    if (!features.empty()) line["features"] = features;
  }
  out_.write(line.dump());
  lines_.push_back(std::move(line));
}

std::vector<double> ScoreResults::values(const ScoreCell& cell,
                                         const std::vector<std::string>& tasks,
                                         const std::string& metric) const {
  std::vector<double> out;
  for (const std::string& task : tasks) {
    double value = std::numeric_limits<double>::quiet_NaN();
    for (const ordered_json& line : lines_)
      if (is_of(line, cell) && line["task"] == task && line.contains("scores") &&
          line["scores"].contains(metric))
        value = line["scores"][metric].get<double>();
    out.push_back(value);
  }
  return out;
}

std::vector<float> ScoreResults::features(const ScoreCell& cell, const std::string& task) const {
  for (const ordered_json& line : lines_)
    if (is_of(line, cell) && line["task"] == task && line.contains("features"))
      return line["features"].get<std::vector<float>>();
  return {};
}

ordered_json ScoreResults::failures(const ScoreCell& cell) const {
  ordered_json out = ordered_json::object();
  for (const ordered_json& line : lines_) {
    if (!is_of(line, cell) || !line.contains("failed")) continue;
    const std::string code = cat(line.value("exit", static_cast<int>(ErrorKind::Data)));
    out[code] = out.value(code, 0) + 1;
  }
  return out;
}

}  // namespace svg::plan
