// Random walks for training: everything that revisit scripts are made of, in random order.
#pragma once
#include "libcore/world/plan.h"

namespace svg::world {

// One room: turns left .3, right .3, forward .15, back .15, stay .1, in runs, with there-and-back
// patterns and full turns mixed in. (The shares are of what is drawn; a wall ahead cuts walks
// short.)
Plan wander_in_room(const Scene& scene, int chunks, Random& random);
// The full maze: ways to other cells, looks to the side and back, whole turns, sidesteps, retreats.
Plan wander_in_maze(const Scene& scene, int chunks, Random& random);

}  // namespace svg::world
