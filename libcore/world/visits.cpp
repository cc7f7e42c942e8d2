#include "libcore/world/visits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "libcore/world/returns.h"

namespace svg::world {
namespace {

constexpr int kHeadingTolerance = 2 * kDegree;
constexpr int32_t kPositionTolerance = kCell / 20;

int64_t squared_distance(const Pose& a, const Pose& b) {
  int64_t dx = a.x - b.x, dy = a.y - b.y;
  return dx * dx + dy * dy;
}

bool same_place(const Pose& a, const Pose& b) {
  return (a.x >> 16) == (b.x >> 16) && (a.y >> 16) == (b.y >> 16) &&
         angle_between(a.yaw, b.yaw) <= kHeadingTolerance &&
         squared_distance(a, b) <= int64_t{kPositionTolerance} * kPositionTolerance;
}

double to_three_digits(double v) {
  return std::floor(v * 1000 + 0.5) / 1000;
}

}  // namespace

const char* bucket_of(int gap) {
  return gap <= 32    ? "1-32"
         : gap <= 64  ? "33-64"
         : gap <= 128 ? "65-128"
         : gap <= 256 ? "129-256"
                      : "257+";
}

FaceCounts count_faces(const Scene& scene, const std::vector<uint16_t>& face) {
  FaceCounts counts{scene.id_count(), {}};
  size_t pixels = static_cast<size_t>(scene.config.pixels()), ids = static_cast<size_t>(counts.ids);
  counts.count.assign(face.size() / pixels * ids, 0);
  for (size_t p = 0; p < face.size(); ++p) ++counts.count[p / pixels * ids + face[p]];
  return counts;
}

FrameRange context_of(const WorldConfig& config, int frame) {
  int last = frame / config.frames * config.frames;
  return {std::max(0, last - config.context_frames()), last};
}

double covisibility(const WorldConfig& config, const FaceCounts& counts, int q, FrameRange range) {
  int all = 0, seen = 0;
  for (int id = 1; id < counts.ids; ++id) {
    int here = counts.of(q)[id];
    if (!here) continue;
    all += here;
    for (int s = range.first; s < range.last; ++s)
      if (counts.of(s)[id] >= config.seen_px()) {
        seen += here;
        break;
      }
  }
  return all ? static_cast<double>(seen) / all : 1;
}

std::vector<Visit> find_visits(const Episode& episode, const FaceCounts& counts) {
  const WorldConfig& config = episode.scene.config;
  const std::vector<Pose>& poses = episode.poses;
  std::vector<Visit> visits;
  std::map<int, int> place_of_first;
  auto add = [&](int q, int first, int ord, const std::string& bucket) {
    int place =
        place_of_first.emplace(first, static_cast<int>(place_of_first.size())).first->second;
    visits.push_back({q, place, ord, first, q - first,
                      covisibility(config, counts, q, context_of(config, q)),
                      covisibility(config, counts, q, {first, first + 1}), bucket});
  };
  for (int q = 0; q < episode.frame_count(); ++q) {
    const Pose& pose = poses[static_cast<size_t>(q)];
    const auto from_here = [&](int f) {
      const Pose& other = poses[static_cast<size_t>(f)];
      return std::pair{angle_between(pose.yaw, other.yaw), squared_distance(pose, other)};
    };
    const auto back = return_of(
        q, [&](int f) { return same_place(pose, poses[static_cast<size_t>(f)]); },
        [&](int f, int g) { return from_here(f) < from_here(g); });
    if (back.ord >= 2) add(q, back.first, back.ord, bucket_of(q - back.first));
  }
  int f = config.frames;
  for (const auto& [chunk, earlier] : episode.route.shifted)
    for (int q = chunk * f; q < std::min((chunk + 1) * f, episode.frame_count()); ++q)
      add(q, (earlier + 1) * f - 1, 2, "shifted");
  std::stable_sort(visits.begin(), visits.end(),
                   [](const Visit& a, const Visit& b) { return a.frame < b.frame; });
  return visits;
}

ordered_json to_json(const Visit& v) {
  return {{"frame", v.frame},
          {"place", v.place},
          {"ord", v.ord},
          {"first", v.first},
          {"gap", v.gap},
          {"covis_ctx", to_three_digits(v.covis_ctx)},
          {"covis_first", to_three_digits(v.covis_first)},
          {"bucket", v.bucket}};
}

}  // namespace svg::world
