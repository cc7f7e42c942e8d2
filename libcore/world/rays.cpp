#include "libcore/world/rays.h"

#include <cmath>

namespace svg::world {

Ray ray_of(const WorldConfig& config, const Pose& pose, int i) {
  int columns = 2 * config.width;
  if (config.equal_angles) {
    int step = config.field_of_view / columns;
    int angle = wrap_angle(pose.yaw + config.field_of_view / 2 - step / 2 - step * i);
    return {cosine_q30(angle) * kQ30, sine_q30(angle) * kQ30};
  }
  double left = (columns / 2 - i - 0.5) / (2 * config.focal);
  double c = cosine_q30(pose.yaw) * kQ30, s = sine_q30(pose.yaw) * kQ30;
  return {c - s * left, s + c * left};
}

Ray middle_ray(const WorldConfig& config, const Pose& pose, int x) {
  if (config.equal_angles) {
    const int step = config.field_of_view / (2 * config.width);  // of half a column
    const int angle = wrap_angle(pose.yaw + config.field_of_view / 2 - step * (2 * x + 1));
    return {cosine_q30(angle) * kQ30, sine_q30(angle) * kQ30};
  }
  const double left = (config.width / 2 - x - 0.5) / config.focal;
  const double c = cosine_q30(pose.yaw) * kQ30, s = sine_q30(pose.yaw) * kQ30;
  return {c - s * left, s + c * left};
}

// Walks the grid from cell border to cell border until a wall stands in the way (Amanatides and Woo
// 1987).
Hit cast(const Scene& scene, double px, double py, const Ray& ray) {
  int x = static_cast<int>(px), y = static_cast<int>(py);  // positions are never negative
  const double kNever = 1e30;
  double per_x = ray.dx != 0 ? (ray.dx > 0 ? 1 / ray.dx : -1 / ray.dx) : kNever;
  double per_y = ray.dy != 0 ? (ray.dy > 0 ? 1 / ray.dy : -1 / ray.dy) : kNever;
  double next_x = ray.dx > 0 ? (x + 1 - px) * per_x : (px - x) * per_x;
  double next_y = ray.dy > 0 ? (y + 1 - py) * per_y : (py - y) * per_y;
  if (ray.dx == 0) next_x = kNever;
  if (ray.dy == 0) next_y = kNever;
  for (;;) {
    bool along_x = next_x < next_y;
    int side = along_x ? (ray.dx > 0 ? 0 : 2) : (ray.dy > 0 ? 1 : 3);
    double depth = along_x ? next_x : next_y;
    uint16_t face =
        scene.face_of[static_cast<size_t>(y * scene.cells_w + x)][static_cast<size_t>(side)];
    if (face) {
      double u = along_x ? py + ray.dy * depth - y : px + ray.dx * depth - x;
      if (side == 0 || side == 3) u = 1 - u;
      return {face, side, depth, u < 0 ? 0 : u >= 1 ? 0.999999 : u};
    }
    if (along_x) {
      x += ray.dx > 0 ? 1 : -1;
      next_x += per_x;
    } else {
      y += ray.dy > 0 ? 1 : -1;
      next_y += per_y;
    }
  }
}

// A square root is as exact as a division in IEEE 754: the same everywhere.
PillarHit cast_pillars(const Scene& scene, double px, double py, const Ray& ray, double limit) {
  constexpr double kRadius = kPillarRadius * kQ16;
  PillarHit best;
  double length2 = ray.dx * ray.dx + ray.dy * ray.dy;
  for (const Pillar& pillar : scene.pillars) {
    double cx = pillar.x - px, cy = pillar.y - py;
    double middle = (cx * ray.dx + cy * ray.dy) / length2;
    double ox = cx - middle * ray.dx, oy = cy - middle * ray.dy;
    double off = (ox * ox + oy * oy) / (kRadius * kRadius);
    if (middle <= 0 || off >= 1) continue;
    double depth = middle - std::sqrt((1 - off) / length2) * kRadius;
    if (depth > 0 && depth < limit) best = {&pillar, limit = depth, off};
  }
  return best;
}

}  // namespace svg::world
