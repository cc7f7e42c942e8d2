// A table with cubes: where they stand at the start (geometry seed), which colours they have and
// what the eight panels around wear (appearance seed); and what an action does to them.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "libcore/world/angle.h"
#include "libcore/world/table/table_config.h"
#include "libcore/world/texture.h"

namespace svg::world {

// A point in table sides, Q16.16.
struct Spot {
  int32_t x = 0, y = 0;
  bool operator==(const Spot&) const = default;
};

struct CubeColour {
  const char* name;
  Rgb colour;
};
inline constexpr std::array<CubeColour, 6> kCubeColours = {{{"red", {214, 40, 40}},
                                                            {"blue", {44, 84, 220}},
                                                            {"yellow", {236, 210, 40}},
                                                            {"purple", {150, 50, 190}},
                                                            {"orange", {240, 140, 30}},
                                                            {"white", {236, 236, 236}}}};
inline constexpr int kPanels = 8;

struct TableScene {
  TableConfig config{};
  const TextureBank* bank = nullptr;
  uint64_t geometry_seed = 0, appearance_seed = 0;
  std::vector<Spot> start{};          // [K] middles of the cubes
  std::vector<int> colours{};         // [K] index into kCubeColours
  Spot goal{};                        // middle of the goal area
  std::array<int, kPanels> panels{};  // texture ids

  int cubes() const { return static_cast<int>(start.size()); }
  const char* colour_name(int cube) const {
    return kCubeColours[static_cast<size_t>(colours[static_cast<size_t>(cube)])].name;
  }
  // Where cube `cube` goes in the goal area.
  Spot slot(int cube) const;
};

// The gripper's resting place.
inline constexpr Spot kRest = {kCell / 2, kCell / 2};

TableScene make_table(const TableConfig& config, uint64_t geometry, uint64_t appearance);

struct CubeState {
  int32_t x = 0, y = 0, z = 0;  // middle; z: of its bottom
  bool operator==(const CubeState&) const = default;
};

struct TableState {
  std::vector<CubeState> cubes;
  int32_t x = 0, y = 0, z = 0;  // the gripper
  bool closed = false;
  int held = -1;  // cube
  int yaw = 0;    // heading of the camera, which looks at the middle of the table
  bool operator==(const TableState&) const = default;
};
TableState start_of(const TableScene& scene);

// One frame. dx is to the right as the camera sees it, dy away from it, dz up; the camera turns
// first, counter-clockwise.
struct TableMotion {
  int32_t dx = 0, dy = 0, dz = 0;
  bool close = false;
  int orbit = 0;
  bool operator==(const TableMotion&) const = default;
};

// Closing grips the cube beneath the gripper, if it is low enough; opening drops it, straight down
// onto whatever stands there. A motion that would push one cube into another, or leave the table,
// does not take place (the grip and the camera's turn do). Returns whether that happened.
bool advance(const TableScene& scene, TableState& state, const TableMotion& motion);

// The gripper is over this cube (no further than config.grip from its middle); -1: over none.
int cube_under(const TableScene& scene, const TableState& state);
// Nothing else stands, or would be touched, where `cube` would stand at `spot`.
bool is_free(const TableScene& scene, const TableState& state, int cube, const Spot& spot);
// A vector on the table as the camera sees it: {to the right, away}.
Spot as_seen(const TableState& state, const Spot& vector);

}  // namespace svg::world
