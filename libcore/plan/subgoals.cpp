#include "libcore/plan/subgoals.h"

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/world/environment/environment_pipe.h"
#include "libcore/world/environment/protocol.h"

namespace svg::plan {
namespace {

constexpr const char* kCommand = "command:";
constexpr size_t kMostSubgoals = 4096;

std::vector<std::string> list_from(const ordered_json& doc, const std::string& key,
                                   const std::string& where) {
  auto list = json_get<std::vector<std::string>>(doc, key, where);
  require(!list.empty() && list.size() <= kMostSubgoals, ErrorKind::Data, where, ": ", key,
          ": expected 1 to ", kMostSubgoals, " sentences");
  for (const std::string& text : list)
    require(!text.empty() && text.find('\n') == std::string::npos, ErrorKind::Data, where, ": ",
            key, ": a sentence is one line that is not empty");
  return list;
}

}  // namespace

ordered_json ask_program(const std::string& command, const std::string& what,
                         const ordered_json& question) {
  world::EnvironmentPipe pipe(command);
  const std::chrono::seconds limit(60);
  pipe.begin(what, limit);
  pipe.send(dump_json(question, what) + "\n");
  pipe.close_input();
  const std::string line = pipe.receive_line();
  return parse_ordered_json(line, cat("the answer of `", command, "`"));
}

SubgoalSource::SubgoalSource(const std::string& from, std::string environment,
                             const world::TimeLimits& limits)
    : from_(from), environment_(std::move(environment)), limits_(limits) {
  if (from_ == "template" || from_.starts_with(kCommand)) return;
  file_ = parse_ordered_json(read_file(from_, world::kMaxLineBytes), from_);
  require(file_.is_object(), ErrorKind::Data, from_, ": expected a JSON object");
}

const std::vector<std::string>& SubgoalSource::of(const Task& task) {
  const auto known = asked_.find(task.id);
  return known != asked_.end() ? known->second : asked_[task.id] = ask(task);
}

std::vector<std::string> SubgoalSource::ask(const Task& task) {
  if (from_ == "template") {
    require(!task.subgoals.empty(), ErrorKind::Data, "task ", task.id,
            ": its world has no subgoals for it: name a file or a program, --subgoals");
    return task.subgoals;
  }
  if (from_.starts_with(kCommand)) {
    const std::string command = from_.substr(std::string(kCommand).size());
    return list_from(ask_program(command, "subgoals",
                                 {{"task", task.kind},
                                  {"episode", task.id},
                                  {"goal_text", task.goal_text},
                                  {"moves", sentences_of(task)}}),
                     "subgoals", cat("the answer of `", command, "`"));
  }
  return list_from(file_, file_.contains(task.id) ? task.id : "subgoals", from_);
}

const ordered_json& SubgoalSource::sentences_of(const Task& task) {
  const std::string key = environment_.empty() ? task.world + '/' + task.profile : environment_;
  const auto known = sentences_.find(key);
  if (known != sentences_.end()) return known->second;
  ordered_json sentences = ordered_json::array();
  try {
    const auto environment = environment_for(task, environment_, limits_);
    for (const world::Move& move : environment->facts().moves) sentences.push_back(move.text);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data && e.kind() != ErrorKind::Unavailable) throw;
  }
  return sentences_[key] = sentences;
}

}  // namespace svg::plan
