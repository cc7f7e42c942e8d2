// A plan: where an episode starts and what each of its chunks does. Plans are legal by construction: every pose on the way
// keeps the margin to the walls.
#pragma once
#include <optional>
#include <vector>

#include "libcore/world/action.h"
#include "libcore/world/scene.h"

namespace svg::world {

struct Plan {
  Pose start;
  std::vector<Action> actions;  // one a chunk
};

// The poses of all frames: n = chunks x frames of a chunk (see action.h for the rule).
std::vector<Pose> poses_of(const Plan& plan, const WorldConfig& config);
// The poses of one chunk that follows `from`; the first chunk of an episode begins with `from` itself.
std::vector<Pose> poses_of_chunk(const Pose& from, const Action& action, const WorldConfig& config, bool first_chunk);

// Grows a plan action by action, and refuses what would leave the floor.
class Planner {
 public:
  Planner(const Scene& scene, const Pose& start) : scene_(scene), plan_{start, {}}, now_(start) {}
  // False, and nothing changes, where a frame of the chunk could not stand.
  bool add(const Action& action);
  const Pose& now() const { return now_; }
  int chunks() const { return static_cast<int>(plan_.actions.size()); }
  const Plan& plan() const { return plan_; }

 private:
  const Scene& scene_;
  Plan plan_;
  Pose now_;
};

// Any pose that keeps the margin; the heading is any whole increment of a turn of the shortest chunk.
Pose random_start(const Scene& scene, Random& random);

// A random walk for training: turns left .3, right .3, forward .15, back .15, stay .1, in runs, with there-and-back
// patterns and full turns mixed in.
Plan random_walk(const Scene& scene, int chunks, Random& random);

}  // namespace svg::world
