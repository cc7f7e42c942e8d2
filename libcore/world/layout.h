// Where the open cells of a scene are. Reads config and geometry_seed of the scene; fills cells,
// rooms and pillars.
#pragma once
#include "libcore/world/scene.h"

namespace svg::world {

void lay_out(Scene& scene);

}  // namespace svg::world
