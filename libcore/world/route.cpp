#include "libcore/world/route.h"

#include "libcore/base/error.h"

namespace svg::world {
std::vector<Pose> poses_of_chunk(const Pose& from, const Act& action, const WorldConfig& config,
                                 bool first_chunk) {
  std::vector<Pose> poses;
  Motion motion = motion_of(action, config);
  if (first_chunk) poses.push_back(from);
  while (static_cast<int>(poses.size()) < config.frames)
    poses.push_back(moved(poses.empty() ? from : poses.back(), motion));
  return poses;
}

std::vector<Pose> poses_of(const Route& route, const WorldConfig& config) {
  std::vector<Pose> all;
  for (const Act& action : route.actions) {
    std::vector<Pose> chunk =
        poses_of_chunk(all.empty() ? route.start : all.back(), action, config, all.empty());
    all.insert(all.end(), chunk.begin(), chunk.end());
  }
  return all;
}

bool RouteBuilder::add(const Act& action) {
  std::vector<Pose> poses = poses_of_chunk(now_, action, scene_.config, route_.actions.empty());
  for (const Pose& pose : poses)
    if (!can_stand(scene_, pose.x, pose.y)) return false;
  route_.actions.push_back(action);
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

std::vector<Act> turn_chunks(const WorldConfig& config, int degrees, bool left) {
  for (auto amount = config.turns.rbegin(); amount != config.turns.rend(); ++amount)
    if (degrees % *amount == 0)
      return std::vector<Act>(static_cast<size_t>(degrees / *amount),
                              Act{left ? Verb::TurnLeft : Verb::TurnRight, *amount});
  fail(ErrorKind::Internal, "no turns add up to ", degrees, " degrees");
}

std::vector<Act> about_turn_chunks(const WorldConfig& config) {
  std::vector<Act> chunks = turn_chunks(config, 180, true);
  if (config.plain_actions()) return chunks;
  for (size_t i = 0; i < chunks.size(); ++i)
    chunks[i] = {Verb::TurnAround, chunks[i].amount, static_cast<int>(i) + 1,
                 static_cast<int>(chunks.size())};
  return chunks;
}

std::vector<Act> undone(const std::vector<Act>& actions) {
  std::vector<Act> back;
  for (size_t i = actions.size(); i-- > 0;) back.push_back(inverse_of(actions[i]));
  return back;
}

void append(std::vector<Act>& to, const std::vector<Act>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace svg::world
