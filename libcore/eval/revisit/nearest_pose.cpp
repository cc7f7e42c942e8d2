#include "libcore/eval/revisit/nearest_pose.h"

#include <limits>

#include "libcore/world/angle.h"

namespace svg::eval {

namespace {

double distance(const world::Pose& a, const world::Pose& b) {
  const double x = (a.x - b.x) / (0.5 * world::kCell), y = (a.y - b.y) / (0.5 * world::kCell),
               turn = world::angle_between(a.yaw, b.yaw) / (30.0 * world::kDegree);
  return x * x + y * y + turn * turn;
}

}  // namespace

std::vector<int64_t> nearest_frames(const std::vector<world::Pose>& poses, int64_t given,
                                    int64_t last) {
  std::vector<int64_t> nearest;
  for (int64_t t = given; t < last; ++t) {
    double least = std::numeric_limits<double>::infinity();
    int64_t at = 0;
    for (int64_t s = 0; s < given; ++s) {
      const double d = distance(poses[static_cast<size_t>(t)], poses[static_cast<size_t>(s)]);
      if (d < least) least = d, at = s;
    }
    nearest.push_back(at);
  }
  return nearest;
}

}  // namespace svg::eval
