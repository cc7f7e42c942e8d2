// Rays through the maze, and the first thing that stands in the way of one. Doubles with + - * /
// and a square root alone, so that every compiler finds the same.
#pragma once
#include <cstdint>

#include "libcore/world/scene.h"

namespace svg::world {

inline constexpr double kQ30 = 1.0 / (1 << 30), kQ16 = 1.0 / (1 << 16);

// What one unit of depth is: along the plane's normal, or along the ray at equal angles.
struct Ray {
  double dx = 0, dy = 0;
};

// Sub-column `i` of 2W, from left to right.
Ray ray_of(const WorldConfig& config, const Pose& pose, int i);
// The middle of column `x` of W.
Ray middle_ray(const WorldConfig& config, const Pose& pose, int x);

struct Hit {
  uint16_t face = 0;
  int side = 0;
  double depth = 0;   // in lengths of the ray
  double across = 0;  // [0, 1) along the face, from left to right as seen from inside
};
// The first wall. The position, in cells, must be in an open cell.
Hit cast(const Scene& scene, double px, double py, const Ray& ray);

struct PillarHit {
  const Pillar* pillar = nullptr;
  double depth = 0;
  double off = 0;  // squared distance from the middle line over the squared radius, [0, 1]
};
// The nearest pillar before `limit`.
PillarHit cast_pillars(const Scene& scene, double px, double py, const Ray& ray, double limit);

}  // namespace svg::world
