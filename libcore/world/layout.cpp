#include "libcore/world/layout.h"

#include <string>

#include "libcore/world/random.h"

namespace svg::world {
namespace {

void allocate(Scene& scene, int w, int h) {
  scene.cells_w = w;
  scene.cells_h = h;
  scene.open.assign(static_cast<size_t>(w) * h, 0);
  scene.room_of.assign(scene.open.size(), -1);
}

void carve(Scene& scene, const Room& room) {
  int8_t index = static_cast<int8_t>(scene.rooms.size());
  for (int y = room.y; y < room.y + room.h; ++y)
    for (int x = room.x; x < room.x + room.w; ++x) {
      scene.open[static_cast<size_t>(y) * scene.cells_w + x] = 1;
      scene.room_of[static_cast<size_t>(y) * scene.cells_w + x] = index;
    }
  scene.rooms.push_back(room);
}

// One closed room of 2-3 x 2-3 cells inside a border of walls; held out for ood: one side of 4 cells.
void lay_out_room(Scene& scene) {
  Random random = Random(scene.geometry_seed).fork("layout");
  int w = random.between(2, 3), h = random.between(2, 3);
  if (seed_range(scene.geometry_seed).split == std::string("ood")) (random.chance(50) ? w : h) = 4;
  allocate(scene, w + 2, h + 2);
  carve(scene, {1, 1, w, h, -1});
}

}  // namespace

void lay_out(Scene& scene) { lay_out_room(scene); }

}  // namespace svg::world
