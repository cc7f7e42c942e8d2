#include "libcore/plan/recorded_episode.h"

#include <span>

#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "libcore/world/scene.h"
#include "libcore/world/shards.h"

namespace svg::plan {
namespace {

std::vector<float> floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

std::vector<float> rows_of(const std::vector<world::FrameAction>& acts) {
  std::vector<float> out;
  for (const auto& act : acts)
    for (double v : act) out.push_back(static_cast<float>(v));
  return out;
}

}  // namespace

ordered_json write_episode_files(const std::string& folder, size_t number,
                                 const world::EnvironmentFacts& facts,
                                 const RecordedEpisode& episode, const Acted& acted) {
  const auto put = [&](const char* stem, const char* ending, std::span<const std::byte> bytes) {
    std::string name = world::numbered(stem, number, ending, 6);
    write_file_atomically(folder + "/" + name, bytes);
    return name;
  };
  const auto rgb = std::as_bytes(std::span<const uint8_t>(acted.rgb));
  ordered_json line{{"ep", episode.id},
                    {"domain", facts.name},
                    {"split", episode.split},
                    {"video", put("frames-", ".rgb", rgb)},
                    {"sha256", sha256_hex(rgb)},
                    {"fps", facts.fps},
                    {"n", acted.frames},
                    {"h", facts.height},
                    {"w", facts.width},
                    {"seed", episode.seed},
                    {"gen", cat(episode.made_by, ": ", facts.name, ' ', facts.version)},
                    {"chunk_frames", episode.chunk_frames}};
  if (!acted.poses.empty()) {
    const auto poses = floats(acted.poses);
    line["pose"] = put("pose-", ".f32", std::as_bytes(std::span<const float>(poses)));
    line["pose_fields"] = facts.pose_fields;
  }
  const auto acts = rows_of(acted.acts);
  std::vector<std::string> names;
  for (const world::ActField& field : facts.act_fields) names.push_back(field.name);
  line["act"] = put("act-", ".f32", std::as_bytes(std::span<const float>(acts)));
  line["act_fields"] = names;
  line["licence"] = facts.licence;
  return line;
}

std::string split_of_seed(uint64_t geometry) {
  for (const auto& range : world::kSplits)
    if (range.first <= geometry && geometry < range.first + range.count) return range.split;
  return "ood";
}

}  // namespace svg::plan
