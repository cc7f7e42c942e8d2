// Random walks for training: everything that revisit scripts are made of, in random order.
#pragma once
#include "libcore/world/route.h"

namespace svg::world {

Route wander(const Scene& scene, int chunks, Random& random);

// The two kinds of it. A closed room has the first, the full maze the second, `view` half of each.
// In a room: turns left .3, right .3, forward .15, back .15, stay .1, in runs, with there-and-back
// patterns and full turns mixed in. (The shares are of what is drawn; a wall ahead cuts walks
// short.)
Route wander_in_room(const Scene& scene, int chunks, Random& random);
// From cell to cell: ways to other cells, looks to the side and back, whole turns, sidesteps (where
// the profile has them), retreats.
Route wander_in_maze(const Scene& scene, int chunks, Random& random);

}  // namespace svg::world
