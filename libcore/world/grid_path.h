// Ways through the cells of a maze, from cell middle to cell middle, and the actions that follow
// them.
#pragma once
#include <vector>

#include "libcore/world/route.h"

namespace svg::world {

struct Cell {
  int x = 0, y = 0;
  bool operator==(const Cell&) const = default;
};

Cell cell_of(const Pose& pose);
Pose middle_of(const Cell& cell, int side);  // looking at that side
Cell random_cell(const Scene& scene, Random& random);
bool in_room(const Scene& scene, const Cell& cell);

// Sides (0..3) to leave each cell by on a shortest way; ties are broken by chance. Empty where
// `from` is `to`. `avoid_first`: not by this side out of `from` (-1: any), and not back into `from`
// over that border.
std::vector<int> way(const Scene& scene, const Cell& from, const Cell& to, Random& random,
                     int avoid_first = -1);

// The actions that walk `sides` from `now` (a cell middle, looking at a side): turns of 90 or 180
// degrees, then runs of steps; the step into a room may be said as "enter the red room". `now`
// becomes the pose at the end.
std::vector<Act> follow(const Scene& scene, const std::vector<int>& sides, Pose& now,
                        Random& random);
// Turns on the spot from `now` to `yaw`, a multiple of 90 degrees away, and sets now.yaw.
std::vector<Act> face(const WorldConfig& config, Pose& now, int yaw);

}  // namespace svg::world
