#include "libcore/world/plan.h"

#include "formats/base/error.h"

namespace svg::world {
namespace {

int any_of(const std::vector<int>& choices, Random& random) {
  return choices[random.below(static_cast<uint32_t>(choices.size()))];
}

Action random_action(const WorldConfig& config, Random& random) {
  uint32_t draw = random.below(100);
  if (draw < 30) return {Verb::TurnLeft, any_of(config.turns, random), 0, 0, ""};
  if (draw < 60) return {Verb::TurnRight, any_of(config.turns, random), 0, 0, ""};
  if (draw < 75) return {Verb::Forward, any_of(config.steps, random), 0, 0, ""};
  if (draw < 90) return {Verb::Back, any_of(config.steps, random), 0, 0, ""};
  return {};
}

// How many chunks one action goes on: mostly short, sometimes a half or a full turn.
int run_length(Random& random) {
  uint32_t draw = random.below(100);
  return draw < 40 ? 1 : draw < 65 ? 2 : draw < 80 ? 3 : draw < 92 ? 4 : 8;
}

}  // namespace

std::vector<Pose> poses_of_chunk(const Pose& from, const Action& action, const WorldConfig& config, bool first_chunk) {
  std::vector<Pose> poses;
  Motion motion = motion_of(action, config);
  if (first_chunk) poses.push_back(from);
  while (static_cast<int>(poses.size()) < config.frames) poses.push_back(moved(poses.empty() ? from : poses.back(), motion));
  return poses;
}

std::vector<Pose> poses_of(const Plan& plan, const WorldConfig& config) {
  std::vector<Pose> all;
  for (const Action& action : plan.actions) {
    std::vector<Pose> chunk = poses_of_chunk(all.empty() ? plan.start : all.back(), action, config, all.empty());
    all.insert(all.end(), chunk.begin(), chunk.end());
  }
  return all;
}

bool Planner::add(const Action& action) {
  std::vector<Pose> poses = poses_of_chunk(now_, action, scene_.config, plan_.actions.empty());
  for (const Pose& pose : poses)
    if (!can_stand(scene_, pose.x, pose.y)) return false;
  plan_.actions.push_back(action);
  now_ = poses.back();
  return true;
}

Pose random_start(const Scene& scene, Random& random) {
  for (int attempt = 0; attempt < 100000; ++attempt) {
    Pose pose;
    pose.x = static_cast<int32_t>(random.below(static_cast<uint32_t>(scene.cells_w) * kCell));
    pose.y = static_cast<int32_t>(random.below(static_cast<uint32_t>(scene.cells_h) * kCell));
    pose.yaw = static_cast<int>(random.below(kTurn));
    if (can_stand(scene, pose.x, pose.y)) return pose;
  }
  fail(ErrorKind::Internal, "geometry ", scene.geometry_seed, ": no place to stand");
}

Plan random_walk(const Scene& scene, int chunks, Random& random) {
  Planner planner(scene, random_start(scene, random));
  while (planner.chunks() < chunks) {
    std::vector<Action> way;
    int runs = random.between(1, 2);
    for (int r = 0; r < runs; ++r) {
      Action action = random_action(scene.config, random);
      int length = action.verb == Verb::Stay ? 1 : run_length(random);
      for (int i = 0; i < length; ++i) way.push_back(action);
    }
    bool and_back = random.chance(40);
    std::vector<Action> gone;
    for (const Action& action : way) {
      if (planner.chunks() == chunks) break;
      if (!planner.add(action)) break;  // a wall ahead: the rest of this idea is dropped
      gone.push_back(action);
    }
    for (size_t i = gone.size(); and_back && i-- > 0 && planner.chunks() < chunks;)
      if (!planner.add(inverse_of(gone[i]))) break;
  }
  return planner.plan();
}

}  // namespace svg::world
