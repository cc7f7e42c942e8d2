#include "libcore/world/environment/table_environment.h"

#include <cmath>

#include "libcore/world/environment/embedded_planes.h"
#include "libcore/world/table/table_action.h"
#include "libcore/world/table/table_episode.h"
#include "libcore/world/table/table_render.h"

namespace svg::world {
namespace {

TableMotion motion_from(const FrameAction& a) {
  return {.dx = to_units(a[0], kCell),
          .dy = to_units(a[1], kCell),
          .dz = to_units(a[2], kCell),
          .close = a[3] >= 0.5,
          .orbit = to_units(a[4], kDegree)};
}

// A whole number of a snap.
int32_t int_at(const ordered_json& list, size_t i, size_t count) {
  require(list.is_array() && list.size() == count && json_fits<int32_t>(list[i]), ErrorKind::Data,
          "snap: expected ", count, " integers");
  return list[i].get<int32_t>();
}

}  // namespace

TableEnvironment::TableEnvironment(const TableConfig& config) : config_(config) {
  facts_.name = "table";
  facts_.version = cat(kTableVersion, ' ', name_of(config.profile), ' ', config_digest(config));
  facts_.licence = "CC0-1.0";
  facts_.height = config.height;
  facts_.width = config.width;
  facts_.fps = config.fps;
  facts_.deterministic = true;
  facts_.caps = {"pose", "teleport", "snapshot", "objects", "faces"};
  facts_.pose_fields = {std::begin(kTablePoseFields), std::end(kTablePoseFields)};
  facts_.act_fields = {{"dx", "side", -config.reach, config.reach},
                       {"dy", "side", -config.reach, config.reach},
                       {"dz", "side", -config.lift, config.lift},
                       {"close", "", 0, 1},
                       {"orbit", "deg", -config.turn, config.turn}};
  facts_.chunk = config.frames;
  // What needs no look at the cubes.
  std::vector<TableAct> acts{{TableVerb::Stay}};
  for (int turn : config.turns)
    for (TableVerb verb : {TableVerb::OrbitLeft, TableVerb::OrbitRight})
      acts.push_back({verb, -1, Way::Left, turn});
  const TableScene nothing{.config = config};
  for (const TableAct& act : acts) {
    TableAct undone;
    undoes(act, undone);
    facts_.moves.push_back({sentence(nothing, act, {}), sentence(nothing, undone, {}),
                            act_row(motion_of(nothing, {}, act, 0))});
  }
}

void TableEnvironment::check_started() const {
  require(started_, ErrorKind::Data, "reset comes first");
}

void TableEnvironment::take_pose(const std::vector<double>& pose, TableState& to) const {
  for (size_t i = 0; i < 3; ++i)
    require(pose[i] >= 0 && pose[i] <= 1, ErrorKind::Data, "pose ", pose[i],
            ": expected 0 to 1, the table's side");
  require(std::fabs(pose[3]) < 10000, ErrorKind::Data, "yaw ", pose[3], ": expected degrees");
  to.x = to_units(pose[0], kCell), to.y = to_units(pose[1], kCell);
  to.z = std::clamp(to_units(pose[2], kCell), config_.side, config_.high);
  to.yaw = wrap_angle(to_units(pose[3], kDegree));
}

void TableEnvironment::see(const Planes& want, bool hit, Observation& to) const {
  ++to.n;
  for (double v : pose_row(state_)) to.pose.push_back(v);
  to.hit.push_back(hit);
  append_planes(
      want, static_cast<size_t>(config_.pixels()),
      [&](std::span<uint8_t> rgb, std::span<uint16_t> face) { render(scene_, state_, rgb, face); },
      to.bytes);
}

ordered_json TableEnvironment::objects() const {
  return {{"objects", objects_of(scene_, state_)}};
}

Observation TableEnvironment::seen(const Planes& want) const {
  Observation o{.planes = want};
  see(want, false, o);
  o.state = objects();
  return o;
}

Observation TableEnvironment::reset(const ResetRequest& request, const Planes& want) {
  check_planes(want, "table");
  TableScene scene = make_table(config_, request.geometry, request.appearance);
  TableState state = start_of(scene);
  if (!request.start.empty()) take_pose(request.start, state);
  scene_ = std::move(scene);
  state_ = std::move(state);
  started_ = true;
  return seen(want);
}

Observation TableEnvironment::step(std::span<const FrameAction> actions, const Planes& want) {
  check_started();
  check_planes(want, "table");
  Observation o{.planes = want};
  for (const FrameAction& action : actions)
    see(want, advance(scene_, state_, motion_from(action)), o);
  o.state = objects();
  return o;
}

Observation TableEnvironment::teleport(const std::vector<double>& pose, const Planes& want) {
  check_started();
  check_planes(want, "table");
  TableState state = state_;
  take_pose(pose, state);
  if (state_.held >= 0) advance(scene_, state_, {});
  state.cubes = state_.cubes, state.held = -1, state.closed = false;
  state_ = state;
  return seen(want);
}

ordered_json TableEnvironment::save() {
  check_started();
  ordered_json cubes = ordered_json::array();
  for (const CubeState& cube : state_.cubes) cubes.push_back({cube.x, cube.y, cube.z});
  return {{"geometry", scene_.geometry_seed},
          {"appearance", scene_.appearance_seed},
          {"cubes", cubes},
          {"gripper", {state_.x, state_.y, state_.z, state_.closed ? 1 : 0, state_.held}},
          {"yaw", state_.yaw}};
}

Observation TableEnvironment::restore(const ordered_json& snap, const Planes& want) {
  check_planes(want, "table");
  TableScene scene = make_table(config_, json_get<uint64_t>(snap, "geometry", "snap"),
                                json_get<uint64_t>(snap, "appearance", "snap"));
  TableState state = start_of(scene);
  const auto cubes = json_get<ordered_json>(snap, "cubes", "snap"),
             gripper = json_get<ordered_json>(snap, "gripper", "snap");
  require(cubes.is_array() && cubes.size() == state.cubes.size(), ErrorKind::Data,
          "snap: expected ", state.cubes.size(), " cubes");
  const auto in_sides = [](int32_t v) {
    require(v >= -kCell && v <= 2 * kCell, ErrorKind::Data, "snap: ", v, " is off the table");
    return v;
  };
  for (size_t i = 0; i < cubes.size(); ++i)
    state.cubes[i] = {in_sides(int_at(cubes[i], 0, 3)), in_sides(int_at(cubes[i], 1, 3)),
                      in_sides(int_at(cubes[i], 2, 3))};
  state.x = in_sides(int_at(gripper, 0, 5));
  state.y = in_sides(int_at(gripper, 1, 5));
  state.z = in_sides(int_at(gripper, 2, 5));
  state.closed = int_at(gripper, 3, 5) != 0;
  state.held = int_at(gripper, 4, 5);
  require(state.held >= -1 && state.held < scene.cubes(), ErrorKind::Data, "snap: held ",
          state.held);
  state.yaw = wrap_angle(json_get<int32_t>(snap, "yaw", "snap"));
  scene_ = std::move(scene);
  state_ = std::move(state);
  started_ = true;
  return seen(want);
}

ordered_json TableEnvironment::state() {
  check_started();
  ordered_json out = objects();
  const auto sides = [](int32_t q16) { return static_cast<double>(q16) / kCell; };
  out["side"] = sides(config_.side);
  out["goal"] = {
      {"x", sides(scene_.goal.x)}, {"y", sides(scene_.goal.y)}, {"side", sides(config_.goal)}};
  out["faces"] = face_table(scene_);
  return out;
}

}  // namespace svg::world
