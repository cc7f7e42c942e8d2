// The picture of a table: seen from 45 degrees above, in perspective, from a circle around it. As
// render.h: doubles with + - * / alone, 2x2 samples a pixel.
#pragma once
#include <cstdint>
#include <span>

#include "libcore/world/table/table_scene.h"

namespace svg::world {

// Ids of face planes: 0 floor, table, goal area and gripper; 1 to 8 the panels; then the cubes.
constexpr int table_face_of_cube(int cube) {
  return 1 + kPanels + cube;
}

// rgb [H,W,3] and face [H,W]; either may be empty.
// As world::render().
void render(const TableScene& scene, const TableState& state, std::span<uint8_t> rgb,
            std::span<uint16_t> face);

}  // namespace svg::world
