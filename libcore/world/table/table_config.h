// What a table looks like and how one acts on it: the numbers that tell the profiles apart. The
// table is the unit square, in Q16.16 as in angle.h (kCell = 1 = the table's side).
//   full  64x64, cubes of side 0.1, chunks of 16 frames, turns as in the full maze
//   tiny  32x32, cubes of side 0.2 (a latent cell of an autoencoder that reduces 4 times), chunks
//         of 4 frames, turns of 45 degrees
#pragma once
#include <string>
#include <vector>

#include "libcore/world/config.h"

namespace svg::world {

struct TableConfig {
  Profile profile = Profile::Full;  // Full or Tiny; names the textures of the panels
  int width = 64, height = 64;      // px
  int fps = 10;
  int frames = 16;         // per chunk
  std::vector<int> turns;  // degrees of an orbit, ascending
  int32_t side = 0;        // of a cube
  int32_t goal = 0;        // side of the goal area
  int32_t slot = 0;        // places in the goal area: this far from its middle in x and y
  int32_t apart = 0;       // between the middles of two cubes at the start, in x or y at least
  int32_t push = 0;        // how far a chunk pushes or carries
  int32_t high = 0;        // the gripper's height while it travels
  int32_t gripper = 0;     // radius
  int32_t grip = 0;  // it grips a cube whose middle is no further than this in x and y, whose top
                     // no further below
  int min_cubes = 3, max_cubes = 3;
  double reach = 0, lift = 0, turn = 0;  // limits of a frame: table sides, table sides, degrees

  int pixels() const { return width * height; }
  size_t frame_bytes() const { return static_cast<size_t>(pixels()) * 3; }
};

// Throws Error{Usage} for an unknown profile, or a choice that the profile does not have.
TableConfig make_table_config(const ConfigChoice& choice);
// As config_digest().
std::string config_digest(const TableConfig& config);

inline constexpr const char* kTableVersion = "1.2";

}  // namespace svg::world
