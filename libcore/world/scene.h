// One maze: which cells are open, and what every wall face wears. Geometry and appearance come from
// independent seeds, and the texture of a face is drawn i.i.d.: what was not seen cannot be guessed
// from what was.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "libcore/world/angle.h"
#include "libcore/world/config.h"
#include "libcore/world/texture.h"

namespace svg::world {

// Sides of a cell: 0 = +x, 1 = +y, 2 = -x, 3 = -y.
struct Face {
  int x = 0, y = 0, side = 0;  // the open cell, and which of its sides the wall stands on
  int texture = 0;
  int room = -1;  // -1: corridor
};

// A free-standing round column; its middle is where four cells of a room meet.
struct Pillar {
  int x = 0, y = 0;  // cells
  int colour = 0;
  uint16_t face = 0;
};
inline constexpr int32_t kPillarRadius = kCell / 5;

struct Room {
  int x = 0, y = 0, w = 0, h = 0;  // cells [x, x+w) x [y, y+h)
  int tint = -1;                   // index into TextureBank::tints, -1: none
};

struct Scene {
  WorldConfig config;
  const TextureBank* bank = nullptr;
  uint64_t geometry_seed = 0, appearance_seed = 0;
  int cells_w = 0, cells_h = 0;
  std::vector<uint8_t> open;                     // [cells_h * cells_w]
  std::vector<int8_t> room_of;                   // [cells_h * cells_w], -1 = none
  std::vector<std::array<uint16_t, 4>> face_of;  // [cells_h * cells_w][side], 0 = no wall there
  std::vector<Face> faces;  // face id = index + 1; id 0 is floor, ceiling and sky
  std::vector<Room> rooms;
  std::vector<Pillar> pillars;  // their ids follow those of the faces
  std::array<double, 4> side_light{1, 1, 1, 1};

  bool is_open(int x, int y) const {
    return x >= 0 && y >= 0 && x < cells_w && y < cells_h &&
           open[static_cast<size_t>(y) * cells_w + x];
  }
  // Number of ids in face planes: 0, the faces, the pillars.
  int id_count() const { return 1 + static_cast<int>(faces.size() + pillars.size()); }
};

// Seeds of one split; a pair of seeds never occurs in two of them.
struct SeedRange {
  const char* split;
  uint64_t first, count;
};
inline constexpr SeedRange kSplits[] = {{"train", 0, 1000000},
                                        {"val", 1000000, 1000000},
                                        {"test", 2000000, 1000000},
                                        {"ood", 3000000, 1000000}};
// Throws Error{Usage} for an unknown name.
const SeedRange& seed_range(const std::string& split);
// The split that owns a seed.
const SeedRange& seed_range(uint64_t seed);

// The split of the geometry seed decides about held-out layouts, that of the appearance seed about
// held-out textures.
Scene make_scene(const WorldConfig& config, uint64_t geometry_seed, uint64_t appearance_seed);

// Whether a camera may stand there: in an open cell, no nearer than the margin to any wall or
// pillar.
bool can_stand(const Scene& scene, int32_t x, int32_t y);

}  // namespace svg::world
