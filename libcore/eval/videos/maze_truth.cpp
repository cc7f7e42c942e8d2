#include "libcore/eval/videos/maze_truth.h"

#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "formats/data/side_file.h"
#include "libcore/base/error.h"
#include "libcore/eval/revisit/gaps.h"

namespace svg::eval {

namespace {

// Exact: f32 holds fixed-point cells up to 256 and every angle.
world::Pose pose_of(const float* row) {
  const auto counted = [](float value, int unit) {
    return static_cast<int32_t>(std::lround(static_cast<double>(value) * unit));
  };
  return {counted(row[0], world::kCell), counted(row[1], world::kCell),
          world::wrap_angle(counted(row[3], world::kDegree))};
}

// Chunks that look at a view from a shifted pose, as their visits say.
std::vector<std::pair<int, int>> shifted_of(const VideoRef& video, int chunk_frames) {
  std::set<std::pair<int, int>> pairs;
  for (const auto* chunk : video.manifest->chunks_of(video.episode)) {
    const auto visits = chunk->doc.find("visits");
    if (visits == chunk->doc.end() || visits->is_null()) continue;
    for (const auto& visit : *visits) {
      const auto bucket = visit.find("bucket");
      if (bucket == visit.end() || *bucket != kShifted) continue;
      pairs.emplace(visit.at("frame").get<int>() / chunk_frames,
                    (visit.at("first").get<int>() + 1) / chunk_frames - 1);
    }
  }
  return {pairs.begin(), pairs.end()};
}

}  // namespace

std::optional<world::WorldConfig> maze_config_of(const formats::EpisodeRow& row,
                                                 const std::string& where) {
  const auto gen = row.doc.value("gen", std::string()),
             profile = row.doc.value("profile", std::string());
  if (!gen.starts_with("svg-world ") || profile.empty() ||
      row.doc.value("domain", std::string()) != "maze")
    return std::nullopt;
  const auto config = world::make_config({.profile = profile});
  const auto ours =
      cat("svg-world ", world::kGeneratorVersion, " cfg=", world::config_digest(config));
  require(gen == ours, ErrorKind::Config, where, ": episode ", row.ep(), " is of ", gen,
          ", and this is ", ours, ": it would be another walk");
  return config;
}

world::Seeds seeds_of(const formats::EpisodeRow& row) {
  const auto& seed = row.doc.at("seed");
  const auto number = [&](const char* name) { return json_get<uint64_t>(seed, name, row.ep()); };
  return {number("geometry"), number("appearance"), number("path")};
}

std::optional<world::Episode> maze_episode_of(const VideoRef& video) {
  if (!video.manifest || video.kind != VideoRef::Kind::Manifest) return std::nullopt;
  const auto& row = *video.manifest->find_episode(video.episode);
  const auto config = maze_config_of(row, video.path);
  if (!config || !row.file("pose")) return std::nullopt;
  world::Episode episode;
  episode.id = row.ep(), episode.split = row.split(), episode.seeds = seeds_of(row);
  episode.scene = world::make_scene(*config, episode.seeds.geometry, episode.seeds.appearance);
  episode.route.shifted = shifted_of(video, config->frames);
  constexpr auto kWidth = std::size(world::kPoseFields);
  const auto rows = formats::read_rows(*video.manifest, row, "pose", kWidth);
  for (int64_t t = 0; t < row.frames(); ++t)
    episode.poses.push_back(pose_of(rows.data() + static_cast<size_t>(t) * kWidth));
  return episode;
}

int64_t given_frames(const VideoRef& video) {
  for (const auto& task : video.manifest->tasks)
    if (task.task() == "revisit" && task.ep() == video.episode) return task.ctx().end;
  return 0;
}

}  // namespace svg::eval
