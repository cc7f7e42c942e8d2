#include "libcore/eval/revisit/viewpoint.h"

#include <cmath>
#include <limits>
#include <map>

#include "libcore/eval/revisit/gaps.h"
#include "libcore/world/angle.h"
#include "libcore/world/episode.h"
#include "libcore/world/visits.h"

namespace svg::eval {

namespace {

double degrees_between(double a, double b) {
  return std::abs(std::remainder(a - b, 360.0));
}

double length(double x, double y, double z) {
  return std::sqrt(x * x + y * y + z * z);
}

// Squared, in units of ten radii and of 30 degrees.
double distance(const Viewpoint& a, const Viewpoint& b, const PlaceRule& rule) {
  const double way = length(a.x - b.x, a.y - b.y, a.z - b.z) / (10 * rule.radius),
               turn = degrees_between(a.yaw, b.yaw) / 30,
               tilt = degrees_between(a.pitch, b.pitch) / 30;
  return way * way + turn * turn + tilt * tilt;
}

bool same_place(const Viewpoint& a, const Viewpoint& b, const PlaceRule& rule) {
  return length(a.x - b.x, a.y - b.y, a.z - b.z) <= rule.radius &&
         degrees_between(a.yaw, b.yaw) <= rule.degrees &&
         degrees_between(a.pitch, b.pitch) <= rule.degrees;
}

}  // namespace

std::vector<Viewpoint> viewpoints_of(const world::Episode& episode) {
  std::vector<Viewpoint> views;
  for (const auto& pose : episode.poses)
    views.push_back({static_cast<double>(pose.x) / world::kCell,
                     static_cast<double>(pose.y) / world::kCell, 0,
                     static_cast<double>(pose.yaw) / world::kDegree, 0});
  return views;
}

std::vector<int64_t> nearest_frames(const std::vector<Viewpoint>& views, int64_t given,
                                    int64_t last, const PlaceRule& rule) {
  std::vector<int64_t> nearest;
  for (int64_t t = given; t < last; ++t) {
    double least = std::numeric_limits<double>::infinity();
    int64_t at = 0;
    for (int64_t s = 0; s < given; ++s) {
      const double d = distance(views[static_cast<size_t>(t)], views[static_cast<size_t>(s)], rule);
      if (d < least) least = d, at = s;
    }
    nearest.push_back(at);
  }
  return nearest;
}

std::vector<world::Visit> returns_by_pose(const std::vector<Viewpoint>& views, int64_t given,
                                          const PlaceRule& rule) {
  std::vector<world::Visit> returns;
  std::map<int64_t, std::pair<int, int>> places;  // by first frame: number, visits so far
  int64_t last_first = -1;
  for (auto t = given; t < static_cast<int64_t>(views.size()); ++t) {
    const auto& view = views[static_cast<size_t>(t)];
    int64_t first = 0;
    while (first < given && !same_place(views[static_cast<size_t>(first)], view, rule)) ++first;
    // The first visit: the run of frames at this place. Where it lasts until t nobody has left.
    int64_t end = first, nearest = first;
    double least = std::numeric_limits<double>::infinity();
    for (; end < t && same_place(views[static_cast<size_t>(end)], view, rule); ++end) {
      const double d = distance(views[static_cast<size_t>(end)], view, rule);
      if (end < given && d < least) least = d, nearest = end;
    }
    if (first == given || end == t) {
      last_first = -1;
      continue;
    }
    const auto [place, isnew] = places.try_emplace(first, static_cast<int>(places.size()), 1);
    if (last_first != first) ++place->second.second;
    last_first = first;
    const int gap = static_cast<int>(t - nearest);
    returns.push_back({.frame = static_cast<int>(t),
                       .place = place->second.first,
                       .ord = place->second.second,
                       .first = static_cast<int>(nearest),
                       .gap = gap,
                       .bucket = gap_of(gap)});
  }
  return returns;
}

}  // namespace svg::eval
