#include "libcore/plan/pose_visits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "libcore/world/returns.h"
#include "libcore/world/visits.h"

namespace svg::plan {
namespace {

constexpr double kSameYaw = 2;  // degrees

std::optional<size_t> index_of(const std::vector<std::string>& fields, const char* name) {
  const auto it = std::find(fields.begin(), fields.end(), name);
  if (it == fields.end()) return std::nullopt;
  return static_cast<size_t>(it - fields.begin());
}

struct Standing {
  double x = 0, y = 0, yaw = 0;
};

double distance(const Standing& a, const Standing& b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

}  // namespace

std::vector<ordered_json> visits_of_poses(const std::vector<double>& poses,
                                          const std::vector<std::string>& fields,
                                          int chunk_frames) {
  const size_t v = fields.size(), n = v ? poses.size() / v : 0;
  std::vector<ordered_json> chunks(n / static_cast<size_t>(chunk_frames), ordered_json::array());
  const auto x = index_of(fields, "x"), y = index_of(fields, "y"), yaw = index_of(fields, "yaw");
  if (!x || !y) return chunks;
  std::vector<Standing> at;
  for (size_t i = 0; i < n; ++i)
    at.push_back({poses[i * v + *x], poses[i * v + *y], yaw ? poses[i * v + *yaw] : 0});
  double longest = 0;
  for (size_t i = 1; i < n; ++i) longest = std::max(longest, distance(at[i - 1], at[i]));
  const auto same = [&](size_t a, size_t b) {
    return distance(at[a], at[b]) <= longest / 2 &&
           std::fabs(std::remainder(at[a].yaw - at[b].yaw, 360.0)) <= kSameYaw;
  };
  std::map<int, size_t> place_of_first;
  for (size_t q = 0; q < n; ++q) {
    const auto from_here = [&](int f) { return distance(at[q], at[static_cast<size_t>(f)]); };
    const auto back = world::return_of(
        static_cast<int>(q), [&](int f) { return same(q, static_cast<size_t>(f)); },
        [&](int f, int g) { return from_here(f) < from_here(g); });
    const size_t k = q / static_cast<size_t>(chunk_frames);
    if (back.ord < 2 || k >= chunks.size()) continue;
    const size_t place = place_of_first.emplace(back.first, place_of_first.size()).first->second;
    const int gap = static_cast<int>(q) - back.first;
    chunks[k].push_back({{"frame", q},
                         {"place", place},
                         {"ord", back.ord},
                         {"first", back.first},
                         {"gap", gap},
                         {"covis_ctx", nullptr},
                         {"covis_first", nullptr},
                         {"bucket", world::bucket_of(gap)}});
  }
  return chunks;
}

}  // namespace svg::plan
