#include "libcore/world/table/table_scene.h"

#include <algorithm>
#include <cstdlib>

#include "libcore/world/random.h"
#include "libcore/world/scene.h"

namespace svg::world {
namespace {

int32_t snapped(int32_t value, int32_t unit) {
  return (value + unit / 2) / unit * unit;
}

// Cubes start where none is near another and none near the goal; the goal lies in a corner.
void place(TableScene& scene) {
  const TableConfig& c = scene.config;
  Random random = Random(scene.geometry_seed).fork("table");
  const int count = random.between(c.min_cubes, c.max_cubes);
  const int32_t edge = c.goal / 2 + kCell / 25;
  scene.goal = {random.chance(50) ? edge : kCell - edge, random.chance(50) ? edge : kCell - edge};
  const int32_t least = c.side / 2 + kCell / 20, room = kCell - 2 * least;
  const int32_t off_goal = c.goal / 2 + c.side / 2 + kCell / 50;
  while (scene.cubes() < count) {
    scene.start.clear();  // a bad first cube may leave no room for the last
    for (int attempt = 0; attempt < 200 && scene.cubes() < count; ++attempt) {
      const Spot spot{
          least +
              snapped(static_cast<int32_t>(random.below(static_cast<uint32_t>(room))), kCell / 50),
          least +
              snapped(static_cast<int32_t>(random.below(static_cast<uint32_t>(room))), kCell / 50)};
      bool good =
          spot.x <= kCell - least && spot.y <= kCell - least &&
          std::max(std::abs(spot.x - scene.goal.x), std::abs(spot.y - scene.goal.y)) >= off_goal;
      for (const Spot& other : scene.start)
        good = good && std::max(std::abs(spot.x - other.x), std::abs(spot.y - other.y)) >= c.apart;
      if (good) scene.start.push_back(spot);
    }
  }
}

void paint(TableScene& scene) {
  const TextureBank& bank = *scene.bank;
  const Random base(scene.appearance_seed);
  Random textures = base.fork("panels"), colours = base.fork("cubes");
  const bool held_out = seed_range(scene.appearance_seed).split == std::string("ood");
  const int first = held_out ? bank.trained : 0;
  const int count = (held_out ? static_cast<int>(bank.textures.size()) : bank.trained) - first;
  for (int& panel : scene.panels)
    panel = first + static_cast<int>(textures.below(static_cast<uint32_t>(count)));
  std::vector<int> free;
  for (size_t i = 0; i < kCubeColours.size(); ++i) free.push_back(static_cast<int>(i));
  for (int i = 0; i < scene.cubes(); ++i) {
    const size_t pick = colours.below(static_cast<uint32_t>(free.size()));
    scene.colours.push_back(free[pick]);
    free.erase(free.begin() + static_cast<std::ptrdiff_t>(pick));
  }
}

bool overlap(const TableConfig& c, const CubeState& a, const CubeState& b) {
  return std::abs(a.x - b.x) < c.side && std::abs(a.y - b.y) < c.side &&
         std::abs(a.z - b.z) < c.side;
}

bool can_be(const TableScene& scene, const TableState& state, int cube, const CubeState& at) {
  const int32_t half = scene.config.side / 2;
  if (at.x < half || at.y < half || at.x > kCell - half || at.y > kCell - half || at.z < 0)
    return false;
  for (int i = 0; i < scene.cubes(); ++i)
    if (i != cube && overlap(scene.config, at, state.cubes[static_cast<size_t>(i)])) return false;
  return true;
}

void drop(const TableScene& scene, TableState& state) {
  CubeState& cube = state.cubes[static_cast<size_t>(state.held)];
  const int32_t side = scene.config.side;
  int32_t floor = 0;
  for (int i = 0; i < scene.cubes(); ++i) {
    const CubeState& other = state.cubes[static_cast<size_t>(i)];
    if (i != state.held && std::abs(cube.x - other.x) < side && std::abs(cube.y - other.y) < side &&
        other.z < cube.z)
      floor = std::max(floor, other.z + side);
  }
  cube.z = floor;
  state.held = -1;
}

}  // namespace

Spot TableScene::slot(int cube) const {
  return {goal.x + (cube % 2 ? config.slot : -config.slot),
          goal.y + (cube / 2 ? -config.slot : config.slot)};
}

TableScene make_table(const TableConfig& config, uint64_t geometry, uint64_t appearance) {
  TableScene scene;
  scene.config = config;
  scene.bank = &texture_bank(config.profile);
  scene.geometry_seed = geometry;
  scene.appearance_seed = appearance;
  place(scene);
  paint(scene);
  return scene;
}

TableState start_of(const TableScene& scene) {
  TableState state;
  for (const Spot& spot : scene.start) state.cubes.push_back({spot.x, spot.y, 0});
  state.x = kRest.x, state.y = kRest.y, state.z = scene.config.high;
  state.yaw = kTurn / 4;
  return state;
}

int cube_under(const TableScene& scene, const TableState& state) {
  int best = -1;
  for (int i = 0; i < scene.cubes(); ++i) {
    const CubeState& cube = state.cubes[static_cast<size_t>(i)];
    const bool over =
        std::max(std::abs(cube.x - state.x), std::abs(cube.y - state.y)) <= scene.config.grip;
    if (over && (best < 0 || cube.z > state.cubes[static_cast<size_t>(best)].z)) best = i;
  }
  return best;
}

bool advance(const TableScene& scene, TableState& state, const TableMotion& motion) {
  const TableConfig& c = scene.config;
  state.yaw = wrap_angle(state.yaw + motion.orbit);
  // The grip first: a cube that is let go does not take part in the motion.
  if (!motion.close) {
    if (state.held >= 0) drop(scene, state);
    state.closed = false;
  }
  const Pose to =
      moved({state.x, state.y, state.yaw}, {.turn = 0, .forward = motion.dy, .left = -motion.dx});
  int32_t z = std::clamp(state.z + motion.dz, c.side, c.high);
  bool good = to.x >= 0 && to.y >= 0 && to.x <= kCell && to.y <= kCell;
  CubeState cube;
  if (state.held >= 0) {
    cube = state.cubes[static_cast<size_t>(state.held)];
    cube.x += to.x - state.x, cube.y += to.y - state.y, cube.z += z - state.z;
    good = good && can_be(scene, state, state.held, cube);
  }
  if (good) {
    if (state.held >= 0) state.cubes[static_cast<size_t>(state.held)] = cube;
    state.x = to.x, state.y = to.y, state.z = z;
  }
  // Closing comes after the motion: down, then shut.
  if (motion.close && !state.closed) {
    state.closed = true;
    const int below = cube_under(scene, state);
    if (below >= 0 && state.z <= state.cubes[static_cast<size_t>(below)].z + c.side + c.grip)
      state.held = below;
  }
  return !good;
}

bool is_free(const TableScene& scene, const TableState& state, int cube, const Spot& spot) {
  return can_be(scene, state, cube, {spot.x, spot.y, 0});
}

Spot as_seen(const TableState& state, const Spot& v) {
  // Turned by the camera's heading, clockwise: heading +y sees +x to the right.
  const Pose turned =
      moved({0, 0, wrap_angle(-state.yaw)}, {.turn = 0, .forward = v.x, .left = v.y});
  return {-turned.y, turned.x};
}

}  // namespace svg::world
