// A planning task: the past that a planner is shown, the text that it gets, and what a score needs.
// Read from a manifest with tasks.jsonl (formats/manifest.md). Torch-free.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libcore/world/environment/process_environment.h"

namespace svg::plan {

using Point = std::array<double, 2>;

// Where a cube must be at the end of a phase.
struct CubeTarget {
  std::string cube;
  int phase = 0;
  Point xy{};
};

struct Task {
  std::string id;         // its episode's
  std::string kind;       // retrace, cubes
  std::string goal_text;  // all that a planner is told
  ordered_json doc;       // the line of tasks.jsonl

  // The past: what the environment is asked for, then what is done in it. Frame 0 is that of the
  // reset; the action of row t leads into frame t.
  std::string world, profile;  // of the embedded world that has it, where there is one
  world::ResetRequest reset;
  int chunk_frames = 0;
  std::vector<std::string> act_fields;
  std::vector<world::FrameAction> acts;      // [chunks * chunk_frames]; row 0 means nothing
  std::vector<std::string> texts, inverses;  // [chunks]
  std::vector<world::FrameAction> solution;  // what the episode goes on with; may be empty

  std::vector<std::string> subgoals;        // scripted
  std::map<std::string, std::string> undo;  // sentences of its episode that another undoes
  std::string reversal;             // what any of the past, played backwards, is called; or empty
  std::vector<Point> waypoints;     // retrace: between chunks, the start first
  std::vector<CubeTarget> targets;  // cubes
  std::vector<int> phase_ends;      // cubes: how many subgoals lead to the end of each phase
  double half_cube = 0;             // cubes: half the side of one

  // The sentence that undoes this one; empty where its episode names none.
  std::string inverse_of(const std::string& text) const;
  int chunks() const { return static_cast<int>(texts.size()); }
};

// At most `most` of them (0: all), from number `first` on. Throws Error{NoInput, Data}; Error{Data}
// also where the past is not whole chunks from frame 0 on.
std::vector<Task> read_tasks(const std::string& folder, int first = 0, int most = 0);

// The same task when it is done: what was asked for has been shown, as its episode goes on. Throws
// Error{Usage} where that is not known, chunk by chunk.
Task with_solution(const Task& task);

// The environment of a task: a command, or where that is empty the embedded world that the task
// names. Throws Error{Usage} where it names none, and as ProcessEnvironment.
std::unique_ptr<world::Environment> environment_for(const Task& task, const std::string& command,
                                                    const world::TimeLimits& limits);

}  // namespace svg::plan
