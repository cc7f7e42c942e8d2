#include "libcore/eval/revisit/result_folder.h"

#include <sstream>
#include <utility>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"

namespace svg::eval {

namespace {

constexpr const char *kSettings = "settings.json", *kEpisodes = "episodes.jsonl",
                     *kTable = "table.json", *kPlan = "plan";

std::string in(const std::string& folder, const char* name) {
  return folder + "/" + name;
}

// The settings in a file, and beside them what it says of the plan.
std::pair<ordered_json, RevisitPlan> read_settings(const std::string& path) {
  auto settings = parse_ordered_json(read_file(path), path);
  require(settings.is_object(), ErrorKind::Data, path, ": expected an object");
  RevisitPlan plan = settings.value(kPlan, RevisitPlan());
  settings.erase(kPlan);
  return {std::move(settings), std::move(plan)};
}

}  // namespace

RevisitPlan revisit_plan(const RevisitTasks& tasks, const std::vector<std::string>& rows) {
  ordered_json episodes = ordered_json::object();
  for (const auto& script : tasks.scripts()) episodes[script] = tasks.episodes(script);
  return {{"scripts", tasks.scripts()}, {"rows", rows}, {"episodes", episodes}};
}

RevisitResults read_revisit_results(const std::string& folder) {
  const auto settings = in(folder, kSettings), path = in(folder, kEpisodes);
  require(path_exists(settings), ErrorKind::NoInput, folder,
          ": holds no results of svg-eval revisit");
  auto [said, plan] = read_settings(settings);
  RevisitResults results{folder, std::move(said), std::move(plan), {}};
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    const auto where = cat(path, ": line ", results.lines.size() + 1);
    auto entry = parse_ordered_json(line, where);
    json_get<std::string>(entry, "row", where);
    json_get<std::string>(entry, "script", where);
    json_get<int64_t>(entry, "episode", where);
    results.lines.push_back(std::move(entry));
  }
  return results;
}

RevisitResultWriter::RevisitResultWriter(const std::string& folder, const ordered_json& settings,
                                         const RevisitPlan& plan, Begin begin)
    : folder_(folder) {
  const auto settings_path = in(folder, kSettings), path = in(folder, kEpisodes);
  const bool there = path_exists(settings_path, ErrorKind::CannotCreate);
  require(!there || begin != Begin::New, ErrorKind::CannotCreate, folder,
          ": holds results: go on with --resume, or start anew with --force");
  if (there && begin == Begin::Resume) {
    require(json(read_settings(settings_path).first) == json(settings), ErrorKind::Config, folder,
            ": holds results of another model or other settings: use another -o, or --force");
    std::istringstream text(read_file(path));
    std::string kept;
    for (std::string line; std::getline(text, line);) {
      auto entry = ordered_json::parse(line, nullptr, false);
      if (entry.is_discarded()) continue;  // torn by a stop
      kept += line + "\n";
      lines_.push_back(std::move(entry));
    }
    write_file_atomically(path, kept);
  } else {
    make_directories(folder);
    write_file_atomically(path, "");
  }
  auto written = settings;
  written[kPlan] = plan;
  write_file_atomically(settings_path, written.dump(2) + "\n");
  out_ = LineFile::in(folder, kEpisodes);
}

bool RevisitResultWriter::has(const std::string& row, const std::string& script,
                              int64_t episode) const {
  for (const auto& line : lines_) {
    if (line.value("row", "") == row && line.value("script", "") == script &&
        line.value("episode", int64_t{-1}) == episode)
      return true;
  }
  return false;
}

void RevisitResultWriter::add(ordered_json line) {
  out_.write(line.dump());
  lines_.push_back(std::move(line));
}

void RevisitResultWriter::finish(const ordered_json& table) {
  write_file_atomically(in(folder_, kTable), table.dump(2) + "\n");
}

}  // namespace svg::eval
