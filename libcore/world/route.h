// A route: where an episode starts and what each of its chunks does. Routes are legal by
// construction: every pose on the way keeps the margin to the walls.
#pragma once
#include <utility>
#include <vector>

#include "libcore/world/action.h"
#include "libcore/world/scene.h"

namespace svg::world {

struct Route {
  Pose start;
  std::vector<Act> actions;  // one a chunk
  // Chunks that look, from a shifted pose, at what the end of an earlier chunk saw: {chunk, earlier
  // chunk}.
  std::vector<std::pair<int, int>> shifted{};
  bool guided = false;  // its way back is a task (retrace.h)
};

// The poses of all frames: n = chunks x frames of a chunk (see action.h for the rule).
std::vector<Pose> poses_of(const Route& route, const WorldConfig& config);
// The poses of one chunk that follows `from`; the first chunk of an episode begins with `from`
// itself.
std::vector<Pose> poses_of_chunk(const Pose& from, const Act& action, const WorldConfig& config,
                                 bool first_chunk);

// Grows a route action by action, and refuses what would leave the floor.
class RouteBuilder {
 public:
  RouteBuilder(const Scene& scene, const Pose& start)
      : scene_(scene), route_{start, {}}, now_(start) {}
  // False, and nothing changes, where a frame of the chunk could not stand.
  bool add(const Act& action);
  const Pose& now() const { return now_; }
  int chunks() const { return static_cast<int>(route_.actions.size()); }
  const Route& route() const { return route_; }

 private:
  const Scene& scene_;
  Route route_;
  Pose now_;
};

// Any pose that keeps the margin, with any heading.
Pose random_start(const Scene& scene, Random& random);

// A turn or a walk as chunks. `degrees` must be a multiple of some amount that the config has; the
// largest such is taken.
std::vector<Act> turn_chunks(const WorldConfig& config, int degrees, bool left);
// Half a turn to the left, as "turning around" where the profile has sentences for it.
std::vector<Act> about_turn_chunks(const WorldConfig& config);
// The way back: inverse actions in reverse order.
std::vector<Act> undone(const std::vector<Act>& actions);
void append(std::vector<Act>& to, const std::vector<Act>& more);

}  // namespace svg::world
