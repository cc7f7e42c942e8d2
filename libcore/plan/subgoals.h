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
  // Throws Error{NoInput, Data} for a file that cannot be read.
  explicit SubgoalSource(const std::string& from);
  // `moves`: sentences that the environment names. Throws Error{Data} where there are none for it.
  std::vector<std::string> of(const Task& task, const std::vector<world::Move>& moves) const;

 private:
  std::string from_;
  ordered_json file_;
};

}  // namespace svg::plan
