#include "libcore/world/shards.h"

#include <atomic>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>

#include "libcore/base/hash.h"
#include "libcore/base/signals.h"
#include "libcore/world/output_folder.h"

namespace svg::world {
namespace {

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& v) {
  return std::as_bytes(std::span<const T>(v));
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// The lines of a shard's episodes; the data itself is on disk by then.
struct ShardLines {
  std::string episodes, chunks, tasks;
  size_t frames = 0;
};

ShardLines write_shard(const ShardSettings& o, const std::function<EpisodeFiles(size_t)>& make,
                       const OutputFolder& folder, size_t shard, size_t first, size_t last,
                       const std::function<void()>& episode_done) {
  ShardLines lines;
  std::vector<uint8_t> rgb;
  std::vector<uint16_t> face;
  std::vector<float> pose, act, objects, depth, flow;
  EpisodePlace place;
  place.video = numbered("frames-", shard, ".rgb");
  place.pose = numbered("pose-", shard, ".f32");
  place.act = numbered("act-", shard, ".f32");
  for (size_t i = first; i < last; ++i) {
    require(!stop_requested(), ErrorKind::Stopped,
            "stopped by a signal: nothing was written, start it again");
    const EpisodeFiles episode = make(i);
    place.video_offset = rgb.size();
    place.pose_offset = pose.size() * sizeof(float);
    place.act_offset = act.size() * sizeof(float);
    place.sha256 = sha256_hex(bytes_of(episode.frames.rgb));
    append(rgb, episode.frames.rgb);
    append(pose, episode.pose);
    append(act, episode.act);
    const auto place_rows = [&](const std::vector<float>& rows, const char* stem,
                                std::vector<float>& all, std::string& name, size_t& offset) {
      if (rows.empty()) return;
      name = numbered(stem, shard, ".f32");
      offset = all.size() * sizeof(float);
      append(all, rows);
    };
    place_rows(episode.objects, "objects-", objects, place.objects, place.objects_offset);
    place_rows(episode.depth, "depth-", depth, place.depth, place.depth_offset);
    place_rows(episode.flow, "flow-", flow, place.flow, place.flow_offset);
    if (o.faces) {
      place.face = numbered("face-", shard, ".u16");
      place.face_offset = face.size() * sizeof(uint16_t);
      append(face, episode.frames.face);
      place.faces = numbered("faces-", i, ".json", 6);
      folder.write(place.faces, episode.faces.dump() + "\n");
    }
    lines.episodes += episode.line(place).dump() + "\n";
    for (const ordered_json& line : episode.chunks) lines.chunks += line.dump() + "\n";
    if (!episode.task.is_null()) lines.tasks += episode.task.dump() + "\n";
    lines.frames += episode.frames.rgb.size();
    episode_done();
  }
  folder.write(place.video, bytes_of(rgb));
  folder.write(place.pose, bytes_of(pose));
  folder.write(place.act, bytes_of(act));
  if (!place.objects.empty()) folder.write(place.objects, bytes_of(objects));
  if (!place.depth.empty()) folder.write(place.depth, bytes_of(depth));
  if (!place.flow.empty()) folder.write(place.flow, bytes_of(flow));
  if (o.faces) folder.write(place.face, bytes_of(face));
  return lines;
}

}  // namespace

std::string numbered(const char* stem, size_t number, const char* ending, int digits) {
  char name[64];
  std::snprintf(name, sizeof name, "%s%0*zu%s", stem, digits, number, ending);
  return name;
}

DatasetReport write_shards(const ShardSettings& o, const std::function<EpisodeFiles(size_t)>& make,
                           const std::function<void(size_t)>& progress) {
  OutputFolder folder(o.folder, o.force);
  const size_t total = o.episodes;
  const size_t per_shard = std::max<size_t>(1, o.shard_bytes / o.episode_bytes);
  size_t shards = (total + per_shard - 1) / per_shard;
  std::vector<ShardLines> lines(shards);
  std::atomic<size_t> next{0}, done{0};
  std::mutex mutex;
  std::exception_ptr failure;
  auto episode_done = [&] {
    size_t count = ++done;
    if (!progress) return;
    std::lock_guard lock(mutex);
    progress(count);
  };
  auto work = [&] {
    for (size_t s; (s = next++) < shards;) try {
        lines[s] = write_shard(o, make, folder, s, s * per_shard,
                               std::min(total, (s + 1) * per_shard), episode_done);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = shards;
      }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < std::min<size_t>(static_cast<size_t>(o.threads), shards); ++i)
      threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  DatasetReport report{total, 0};
  std::string episodes, chunks, tasks;
  for (const ShardLines& shard : lines) {
    episodes += shard.episodes;
    chunks += shard.chunks;
    tasks += shard.tasks;
    report.frames += shard.frames;
  }
  folder.write("episodes.jsonl", episodes);
  folder.write("chunks.jsonl", chunks);
  if (!tasks.empty()) folder.write("tasks.jsonl", tasks);
  folder.finish();
  return report;
}

DatasetReport write_single(const std::string& path, bool force, const EpisodeFiles& episode) {
  OutputFolder folder(path, force);
  EpisodePlace place{.video = "frames.rgb",
                     .pose = "pose.f32",
                     .act = "act.f32",
                     .face = "face.u16",
                     .faces = "faces.json",
                     .depth = episode.depth.empty() ? "" : "depth.f32",
                     .flow = episode.flow.empty() ? "" : "flow.f32",
                     .objects = episode.objects.empty() ? "" : "objects.f32"};
  place.sha256 = sha256_hex(bytes_of(episode.frames.rgb));
  folder.write(place.video, bytes_of(episode.frames.rgb));
  folder.write(place.pose, bytes_of(episode.pose));
  folder.write(place.act, bytes_of(episode.act));
  folder.write(place.face, bytes_of(episode.frames.face));
  folder.write(place.faces, episode.faces.dump() + "\n");
  if (!place.objects.empty()) folder.write(place.objects, bytes_of(episode.objects));
  if (!place.depth.empty()) folder.write(place.depth, bytes_of(episode.depth));
  if (!place.flow.empty()) folder.write(place.flow, bytes_of(episode.flow));
  std::string chunks, sentences, actions;
  for (const ordered_json& line : episode.chunks) chunks += line.dump() + "\n";
  for (size_t k = 0; k < episode.texts.size(); ++k) {
    sentences += episode.texts[k] + "\n";
    ordered_json action{{"action", episode.texts[k]}};
    if (!episode.inverses[k].empty()) action["action_inverse"] = episode.inverses[k];
    actions += action.dump() + "\n";
  }
  folder.write("episodes.jsonl", episode.line(place).dump() + "\n");
  folder.write("chunks.jsonl", chunks);
  if (!episode.task.is_null()) folder.write("tasks.jsonl", episode.task.dump() + "\n");
  folder.write("actions.txt", sentences);
  folder.write("actions.jsonl", actions);
  folder.finish();
  return {1, episode.frames.rgb.size()};
}

}  // namespace svg::world
