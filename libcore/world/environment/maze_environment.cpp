#include "libcore/world/environment/maze_environment.h"

#include <cmath>

#include "libcore/world/action.h"
#include "libcore/world/environment/embedded_planes.h"
#include "libcore/world/episode.h"
#include "libcore/world/render.h"
#include "libcore/world/route.h"

namespace svg::world {
namespace {

double cells(int32_t q16) {
  return static_cast<double>(q16) / kCell;
}
double degrees(int angle) {
  return static_cast<double>(angle) / kDegree;
}
// What sentences can ask for, once each.
std::vector<Act> all_acts(const WorldConfig& config) {
  std::vector<Act> acts{{Verb::Stay}};
  for (Verb verb : {Verb::TurnLeft, Verb::TurnRight})
    for (int turn : config.turns) acts.push_back({verb, turn});
  std::vector<Verb> walks{Verb::Forward, Verb::Back};
  if (!config.plain_actions()) walks.insert(walks.end(), {Verb::SideLeft, Verb::SideRight});
  for (Verb verb : walks)
    for (int steps : config.steps) acts.push_back({verb, steps});
  return acts;
}

Motion motion_from(const FrameAction& action) {
  return {.turn = to_units(action[0], kDegree),
          .forward = to_units(action[1], kCell),
          .left = to_units(action[2], kCell)};
}

FrameAction action_from(const Motion& motion) {
  return {degrees(motion.turn), cells(motion.forward), cells(motion.left)};
}

}  // namespace

MazeEnvironment::MazeEnvironment(const WorldConfig& config) : config_(config) {
  facts_.name = "maze";
  facts_.version = cat(kGeneratorVersion, ' ', name_of(config.profile), ' ', config_digest(config));
  facts_.licence = "CC0-1.0";
  facts_.height = config.height;
  facts_.width = config.width;
  facts_.fps = config.fps;
  facts_.deterministic = true;
  facts_.caps = {"pose", "teleport", "snapshot", "faces"};
  facts_.pose_fields = {std::begin(kPoseFields), std::end(kPoseFields)};
  // A little more than what sentences ask for: an action may be carried out inexactly.
  const bool full = config.profile == Profile::Full;
  const double turn = full ? 4 : 15, walk = full ? 0.08 : 0.15;
  facts_.act_fields = {
      {"turn", "deg", -turn, turn}, {"fwd", "cell", -walk, walk}, {"side", "cell", -walk, walk}};
  facts_.chunk = config.frames;
  for (const Act& act : all_acts(config))
    facts_.moves.push_back(
        {sentence(act, {}), sentence(inverse_of(act), {}), action_from(motion_of(act, config))});
}

void MazeEnvironment::check_started() const {
  require(started_, ErrorKind::Data, "reset comes first");
}

Pose MazeEnvironment::pose_from(const Scene& scene, const std::vector<double>& values) {
  for (double v : values)
    require(std::fabs(v) < 10000, ErrorKind::Data, "pose ", v, ": expected less than 10000");
  Pose pose{to_units(values[0], kCell), to_units(values[1], kCell),
            wrap_angle(to_units(values[3], kDegree))};
  require(pose.x >= 0 && pose.y >= 0 && can_stand(scene, pose.x, pose.y), ErrorKind::Data, "pose [",
          values[0], ",", values[1], "]: no room to stand there");
  return pose;
}

void MazeEnvironment::see(const Planes& want, bool hit, Observation& to) const {
  ++to.n;
  for (double v :
       {cells(pose_.x), cells(pose_.y), config_.wall_height / 2, degrees(pose_.yaw), 0.0})
    to.pose.push_back(v);
  to.hit.push_back(hit);
  to.place.push_back(int64_t{pose_.y >> 16} * scene_.cells_w + (pose_.x >> 16));
  append_planes(
      want, static_cast<size_t>(config_.pixels()),
      [&](std::span<uint8_t> rgb, std::span<uint16_t> face) { render(scene_, pose_, rgb, face); },
      to.bytes);
}

Observation MazeEnvironment::seen(const Planes& want) const {
  Observation o{.planes = want};
  see(want, false, o);
  return o;
}

Observation MazeEnvironment::reset(const ResetRequest& request, const Planes& want) {
  check_planes(want, "maze");
  Scene scene = make_scene(config_, request.geometry, request.appearance);
  Random random = Random(request.geometry).fork("start");
  pose_ = request.start.empty() ? random_start(scene, random) : pose_from(scene, request.start);
  scene_ = std::move(scene);
  started_ = true;
  return seen(want);
}

Observation MazeEnvironment::step(std::span<const FrameAction> actions, const Planes& want) {
  check_started();
  check_planes(want, "maze");
  Observation o{.planes = want};
  for (const FrameAction& action : actions) {
    const Motion motion = motion_from(action);
    const Pose to = moved(pose_, motion);
    const bool hit = !can_stand(scene_, to.x, to.y);
    if (hit) pose_.yaw = to.yaw;
    else pose_ = to;
    see(want, hit, o);
  }
  return o;
}

Observation MazeEnvironment::teleport(const std::vector<double>& pose, const Planes& want) {
  check_started();
  check_planes(want, "maze");
  pose_ = pose_from(scene_, pose);
  return seen(want);
}

ordered_json MazeEnvironment::save() {
  check_started();
  return {{"geometry", scene_.geometry_seed},
          {"appearance", scene_.appearance_seed},
          {"pose", {pose_.x, pose_.y, pose_.yaw}}};
}

Observation MazeEnvironment::restore(const ordered_json& snap, const Planes& want) {
  check_planes(want, "maze");
  const auto geometry = json_get<uint64_t>(snap, "geometry", "snap");
  const auto appearance = json_get<uint64_t>(snap, "appearance", "snap");
  const auto pose = json_get<ordered_json>(snap, "pose", "snap");
  require(pose.is_array() && pose.size() == 3 && json_fits<int32_t>(pose[0]) &&
              json_fits<int32_t>(pose[1]) && json_fits<int32_t>(pose[2]),
          ErrorKind::Data, "snap: pose: expected three integers");
  Scene scene = make_scene(config_, geometry, appearance);
  const Pose to{pose[0].get<int32_t>(), pose[1].get<int32_t>(), wrap_angle(pose[2].get<int>())};
  require(to.x >= 0 && to.y >= 0 && to.x < scene.cells_w * kCell && to.y < scene.cells_h * kCell &&
              can_stand(scene, to.x, to.y),
          ErrorKind::Data, "snap: no room to stand at its pose");
  scene_ = std::move(scene);
  pose_ = to;
  started_ = true;
  return seen(want);
}

ordered_json MazeEnvironment::state() {
  check_started();
  const int x = pose_.x >> 16, y = pose_.y >> 16;
  const int room = scene_.room_of[static_cast<size_t>(y * scene_.cells_w + x)];
  return {{"cell", {x, y}},
          {"room", room < 0 ? ordered_json(nullptr) : ordered_json(room)},
          {"faces", face_table(scene_)}};
}

}  // namespace svg::world
