// How a task's text becomes subgoals, one a chunk. Torch-free.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "libcore/plan/task.h"

namespace svg::plan {

// A program that is asked one question, a JSON object on a line, and answers with another. Throws
// Error{Unavailable} where it is dead or late (60 s), Error{Data} for nonsense.
ordered_json ask_program(const std::string& command, const std::string& what,
                         const ordered_json& question);

// Where subgoals come from:
//   "template"          those that the task's world has scripted
//   "command:PROGRAM"   PROGRAM gets {"task", "goal_text", "moves"} and answers {"subgoals": [..]}
//   FILE                JSON: {"subgoals": [..]} for all tasks, or {"<episode>": [..]}
class SubgoalSource {
 public:
  // `environment` and `limits` as environment_for(). Throws Error{NoInput, Data} for a file that
  // cannot be read.
  SubgoalSource(const std::string& from, std::string environment, const world::TimeLimits& limits);
  // Asked once a task. Throws Error{Data} where there are none for it. An environment that does
  // not answer names no moves: its tasks fail when they are begun.
  const std::vector<std::string>& of(const Task& task);

 private:
  std::vector<std::string> ask(const Task& task);
  const ordered_json& sentences_of(const Task& task);

  std::string from_, environment_;
  world::TimeLimits limits_;
  ordered_json file_;
  std::map<std::string, ordered_json> sentences_;  // of each environment, by what starts it
  std::map<std::string, std::vector<std::string>> asked_;
};

}  // namespace svg::plan
