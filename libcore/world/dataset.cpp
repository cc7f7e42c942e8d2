#include "libcore/world/dataset.h"

#include <atomic>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>

#include "libcore/base/hash.h"
#include "libcore/base/signals.h"
#include "libcore/world/output_folder.h"
#include "libcore/world/visits.h"

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

std::string numbered(const char* stem, size_t number, const char* ending, int digits = 5) {
  char name[64];
  std::snprintf(name, sizeof name, "%s%0*zu%s", stem, digits, number, ending);
  return name;
}

// The lines of a shard's episodes; the data itself is on disk by then.
struct ShardLines {
  std::string episodes, chunks;
  size_t frames = 0;
};

Episode episode_of(const DatasetSettings& o, size_t index) {
  Random random =
      Random(o.seed).fork(cat("dataset ", o.split, ' ', o.script)).fork("episode", index);
  const SeedRange& range = seed_range(o.split);
  constexpr int kAttempts = 30;  // not every maze has a way for every script in so many chunks
  for (int attempt = 1;; ++attempt) {
    Seeds seeds;
    seeds.geometry = range.first + random.below(static_cast<uint32_t>(range.count));
    seeds.appearance = range.first + random.below(static_cast<uint32_t>(range.count));
    seeds.path = random.next() >> 12;  // exact in a JSON reader that knows doubles only
    int chunks = random.between(o.min_chunks, o.max_chunks);
    try {
      return make_episode(o.config, o.script, seeds, chunks, o.sentences,
                          numbered("maze/", index, "", 6));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Usage || attempt == kAttempts) throw;
    }
  }
}

ShardLines write_shard(const DatasetSettings& o, const OutputFolder& folder, size_t shard,
                       size_t first, size_t last, const std::function<void()>& episode_done) {
  ShardLines lines;
  std::vector<uint8_t> rgb;
  std::vector<uint16_t> face;
  std::vector<float> pose, act, depth, flow;
  EpisodePlace place;
  place.video = numbered("frames-", shard, ".rgb");
  place.pose = numbered("pose-", shard, ".f32");
  place.act = numbered("act-", shard, ".f32");
  for (size_t i = first; i < last; ++i) {
    require(!stop_requested(), ErrorKind::Stopped,
            "stopped by a signal: nothing was written, start it again");
    Episode episode = episode_of(o, i);
    EpisodeFrames frames = render_episode(episode);
    place.video_offset = rgb.size();
    place.pose_offset = pose.size() * sizeof(float);
    place.act_offset = act.size() * sizeof(float);
    place.sha256 = sha256_hex(bytes_of(frames.rgb));
    append(rgb, frames.rgb);
    append(pose, pose_rows(episode));
    append(act, act_rows(episode));
    if (o.faces) {
      place.face = numbered("face-", shard, ".u16");
      place.face_offset = face.size() * sizeof(uint16_t);
      append(face, frames.face);
      place.faces = numbered("faces-", i, ".json", 6);
      folder.write(place.faces, face_table(episode.scene).dump() + "\n");
    }
    if (o.flow) {
      place.depth = numbered("depth-", shard, ".f32");
      place.flow = numbered("flow-", shard, ".f32");
      place.depth_offset = depth.size() * sizeof(float);
      place.flow_offset = flow.size() * sizeof(float);
      append(depth, depth_planes(episode));
      append(flow, flow_planes(episode));
    }
    FaceCounts counts = count_faces(episode.scene, frames.face);
    lines.episodes += episode_line(episode, place, information_bits(episode, counts)).dump() + "\n";
    // Training asks for no visits, and they would be most of the manifest.
    std::vector<Visit> visits;
    if (o.split != std::string("train")) visits = find_visits(episode, counts);
    for (const ordered_json& line : chunk_lines(episode, visits))
      lines.chunks += line.dump() + "\n";
    lines.frames += episode.poses.size();
    episode_done();
  }
  folder.write(place.video, bytes_of(rgb));
  folder.write(place.pose, bytes_of(pose));
  folder.write(place.act, bytes_of(act));
  if (o.faces) folder.write(place.face, bytes_of(face));
  if (o.flow) {
    folder.write(place.depth, bytes_of(depth));
    folder.write(place.flow, bytes_of(flow));
  }
  return lines;
}

}  // namespace

DatasetReport write_dataset(const DatasetSettings& o, const std::function<void(size_t)>& progress) {
  require(o.episodes > 0, ErrorKind::Usage, "--episodes ", o.episodes, ": expected at least 1");
  require(o.min_chunks >= 2 && o.max_chunks >= o.min_chunks, ErrorKind::Usage, "chunks ",
          o.min_chunks, " to ", o.max_chunks, ": an episode has 2 at least");
  require(o.threads >= 1, ErrorKind::Usage, "-j ", o.threads, ": expected at least 1");
  OutputFolder folder(o.folder, o.force);
  size_t total = static_cast<size_t>(o.episodes);
  size_t frame_bytes = o.config.frame_bytes();
  if (o.flow) frame_bytes += static_cast<size_t>(o.config.pixels()) * 3 * sizeof(float);
  size_t episode_bytes = frame_bytes * static_cast<size_t>(o.max_chunks * o.config.frames);
  size_t per_shard = std::max<size_t>(1, o.shard_bytes / episode_bytes);
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
        lines[s] = write_shard(o, folder, s, s * per_shard, std::min(total, (s + 1) * per_shard),
                               episode_done);
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
  std::string episodes, chunks;
  for (const ShardLines& shard : lines) {
    episodes += shard.episodes;
    chunks += shard.chunks;
    report.frames += shard.frames;
  }
  folder.write("episodes.jsonl", episodes);
  folder.write("chunks.jsonl", chunks);
  folder.finish();
  return report;
}

DatasetReport write_rollout(const RolloutSettings& o) {
  require(o.chunks >= 2, ErrorKind::Usage, "--chunks ", o.chunks, ": an episode has 2 at least");
  Episode episode = make_episode(
      o.config, o.script, o.seeds, o.chunks, o.sentences,
      cat("maze/", o.script, '-', o.seeds.geometry, '-', o.seeds.appearance, '-', o.seeds.path));
  EpisodeFrames frames = render_episode(episode);
  OutputFolder folder(o.folder, o.force);
  const EpisodePlace place{.video = "frames.rgb",
                           .pose = "pose.f32",
                           .act = "act.f32",
                           .face = "face.u16",
                           .faces = "faces.json",
                           .depth = o.flow ? "depth.f32" : "",
                           .flow = o.flow ? "flow.f32" : "",
                           .sha256 = sha256_hex(bytes_of(frames.rgb))};
  folder.write(place.video, bytes_of(frames.rgb));
  folder.write(place.pose, bytes_of(pose_rows(episode)));
  folder.write(place.act, bytes_of(act_rows(episode)));
  folder.write(place.face, bytes_of(frames.face));
  folder.write(place.faces, face_table(episode.scene).dump() + "\n");
  if (o.flow) {
    folder.write(place.depth, bytes_of(depth_planes(episode)));
    folder.write(place.flow, bytes_of(flow_planes(episode)));
  }
  std::string chunks, sentences, actions;
  FaceCounts counts = count_faces(episode.scene, frames.face);
  for (const ordered_json& line : chunk_lines(episode, find_visits(episode, counts)))
    chunks += line.dump() + "\n";
  for (size_t k = 0; k < episode.texts.size(); ++k) {
    sentences += episode.texts[k] + "\n";
    actions +=
        ordered_json{{"action", episode.texts[k]}, {"action_inverse", episode.inverses[k]}}.dump() +
        "\n";
  }
  folder.write("episodes.jsonl",
               episode_line(episode, place, information_bits(episode, counts)).dump() + "\n");
  folder.write("chunks.jsonl", chunks);
  folder.write("actions.txt", sentences);
  folder.write("actions.jsonl", actions);
  folder.finish();
  return {1, episode.poses.size()};
}

}  // namespace svg::world
