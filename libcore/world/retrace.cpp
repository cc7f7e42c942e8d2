#include "libcore/world/retrace.h"

#include <algorithm>
#include <cstdlib>

#include "libcore/base/error.h"

namespace svg::world {
namespace {

constexpr int kTries = 4000;  // of a walk
constexpr int kDraws = 12;    // of a chunk

bool same_view(const Pose& a, const Pose& b) {
  return a.x == b.x && a.y == b.y && a.yaw == b.yaw;
}

// One attempt. What leads into a wall or back to a view is drawn again, some times.
bool grow(RouteBuilder& builder, const WorldConfig& config, int chunks, Random& random) {
  std::vector<Pose> seen{builder.now()};
  int walks = 0, turns = 0;
  const auto add = [&] {
    const Verb verbs[] = {Verb::TurnLeft, Verb::TurnRight, Verb::Forward, Verb::Back};
    const Verb verb = verbs[random.below(4)];
    const bool walk = verb == Verb::Forward || verb == Verb::Back;
    const Act act{verb, walk ? config.steps.back() : config.turns.back()};
    const Pose to = poses_of_chunk(builder.now(), act, config, false).back();
    for (const Pose& pose : seen)
      if (same_view(pose, to)) return false;
    if (!builder.add(act)) return false;
    walk ? ++walks : ++turns;
    return true;
  };
  while (builder.chunks() < chunks) {
    int tries = 1;
    while (!add())
      if (++tries > kDraws) return false;
    seen.push_back(builder.now());
  }
  const Pose &from = seen.front(), &to = seen.back();
  const int32_t far = std::max(std::abs(to.x - from.x), std::abs(to.y - from.y));
  // The longest that a third of the walk could lead away, and no less than a step and a half.
  const int32_t step = config.steps.back() * config.step_q16;
  return walks >= std::max(2, (chunks - 1) / 3) && turns >= 2 && far >= step + step / 2;
}

}  // namespace

Route retrace_route(const Scene& scene, int chunks, Random& random) {
  require(chunks >= 5, ErrorKind::Usage, "script retrace does not fit into ", chunks,
          " chunks: it needs 5");
  for (int attempt = 0; attempt < kTries; ++attempt) {
    RouteBuilder builder(scene, random_start(scene, random));
    builder.add({});
    if (!grow(builder, scene.config, chunks, random)) continue;
    Route route = builder.route();
    route.guided = true;
    return route;
  }
  fail(ErrorKind::Usage, "script retrace: no way for it in geometry ", scene.geometry_seed,
       ": try another, or fewer chunks");
}

Route there_and_back_route(const Scene& scene, int chunks, Random& random) {
  require(chunks >= 9, ErrorKind::Usage, "script retrace-back does not fit into ", chunks,
          " chunks: it needs 9");
  Route out = retrace_route(scene, (chunks - 1) / 2 + 1, random);
  RouteBuilder builder(scene, out.start);
  for (size_t i = 1; i < out.actions.size(); ++i) out.actions[i].returns = true;
  for (const Act& act : out.actions) builder.add(act);
  for (const Act& act : undone({out.actions.begin() + 1, out.actions.end()})) builder.add(act);
  while (builder.chunks() < chunks) builder.add({});
  return builder.route();
}

ordered_json retrace_task(const Episode& e) {
  const int frames = e.scene.config.frames, chunks = e.frame_count() / frames;
  const auto cells = [](int32_t q16) { return static_cast<double>(q16) / kCell; };
  ordered_json waypoints = ordered_json::array(), subgoals = ordered_json::array();
  for (int k = 0; k < chunks; ++k) {
    const Pose& pose = e.poses[static_cast<size_t>((k + 1) * frames - 1)];
    waypoints.push_back({cells(pose.x), cells(pose.y)});
    if (k > 0) subgoals.push_back(kKeepGoingBack);
  }
  return {{"task", "retrace"},
          {"ep", e.id},
          {"goal_text", "go back the way you came"},
          {"ctx", {0, e.frame_count()}},
          {"waypoints", waypoints},
          {"subgoals", subgoals},
          {"reversal", kKeepGoingBack}};
}

}  // namespace svg::world
