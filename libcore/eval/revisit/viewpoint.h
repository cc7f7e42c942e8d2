// Where a camera stood, in the units of whatever recorded it: which frames show the same place, and
// which show nearly the same. Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace svg::world {
struct Episode;
struct Visit;
}  // namespace svg::world

namespace svg::eval {

struct Viewpoint {
  double x = 0, y = 0, z = 0;  // world units
  double yaw = 0, pitch = 0;   // degrees
};

// Of each frame; units are cells.
std::vector<Viewpoint> viewpoints_of(const world::Episode& episode);

// When two frames show one place (worlds.md 1.6). `radius` is in the units of the viewpoints.
struct PlaceRule {
  double radius = 0.05;
  double degrees = 2;
};

// For each of the frames [given, last): the one of [0, given) whose viewpoint is nearest, the first
// of equals. A turn by 30 degrees counts as much as ten radii: in a maze, half a cell.
std::vector<int64_t> nearest_frames(const std::vector<Viewpoint>& views, int64_t given,
                                    int64_t last, const PlaceRule& rule = {});

// Frames from `given` on that come back to a place which an earlier frame [0, given) showed, after
// the camera had left it: each with the frame of the first visit that is nearest. Ordered by
// frame; covis_* are not known and stand at 0.
std::vector<world::Visit> returns_by_pose(const std::vector<Viewpoint>& views, int64_t given,
                                          const PlaceRule& rule);

}  // namespace svg::eval
