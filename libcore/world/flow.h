// How far away what a camera sees is, and where it is in the next frame: ground truth, from the
// geometry alone. Equal in every run; a last bit may depend on the machine's atan2 where columns
// are at equal angles.
#pragma once
#include <span>

#include "libcore/world/scene.h"

namespace svg::world {

// depth [H, W]: cells from the eye to the point in the middle of each pixel, along the axis of
// view; where columns are at equal angles, along the floor.
void render_depth(const Scene& scene, const Pose& pose, std::span<float> depth);

// flow [2, H, W]: pixels to the right, then down, by which that point has moved when the camera
// stands at `to`. NaN in both where it cannot be seen from there: behind something, or outside of
// the picture.
void render_flow(const Scene& scene, const Pose& from, const Pose& to, std::span<float> flow);

}  // namespace svg::world
