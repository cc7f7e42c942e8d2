// What happens in an episode on the table: the play that models train on, and the two tasks whose
// answer is where things were at the start. Every script opens with one chunk in which nothing
// moves.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "libcore/world/random.h"
#include "libcore/world/table/table_action.h"

namespace svg::world {

struct TableScriptInfo {
  const char* name;
  const char* summary;
};
std::span<const TableScriptInfo> all_table_scripts();

// One stage of a task: which subgoals reach it, and where each cube must be then.
struct TablePhase {
  int first = 0, last = 0;    // chunks [first, last)
  std::vector<Spot> targets;  // [K]
};
struct TableRoute {
  std::vector<TableAct> acts;        // one a chunk
  std::vector<TablePhase> phases{};  // of a task; empty where the script is none
  std::string goal_text{};
};

// Exactly `chunks` chunks; what a task does not need is standing still. Throws Error{Usage} for an
// unknown name, or too few chunks.
TableRoute make_table_route(const TableScene& scene, const std::string& script, int chunks,
                            Random& random);

}  // namespace svg::world
