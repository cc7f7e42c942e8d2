#include "libcore/world/dataset.h"

#include <memory>

#include "libcore/world/retrace.h"
#include "libcore/world/shards.h"
#include "libcore/world/table/table_episode.h"
#include "libcore/world/visits.h"

namespace svg::world {
namespace {

constexpr int kAttempts = 30;  // not every scene has a way for every script in so many chunks

// Seeds of the `index`-th episode: drawn again where its script is not possible there.
template <class Make>
auto drawn_episode(const DatasetSettings& o, const std::string& stream, size_t index, Make make) {
  Random random = Random(o.seed).fork(stream).fork("episode", index);
  const SeedRange& range = seed_range(o.split);
  for (int attempt = 1;; ++attempt) {
    Seeds seeds;
    seeds.geometry = range.first + random.below(static_cast<uint32_t>(range.count));
    seeds.appearance = range.first + random.below(static_cast<uint32_t>(range.count));
    seeds.path = random.next() >> 12;  // exact in a JSON reader that knows doubles only
    int chunks = random.between(o.min_chunks, o.max_chunks);
    try {
      return make(seeds, chunks);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Usage || attempt == kAttempts) throw;
    }
  }
}

EpisodeFiles files_of(Episode&& made, bool with_visits, bool with_flow) {
  auto episode = std::make_shared<Episode>(std::move(made));
  EpisodeFiles files{.frames = render_episode(*episode),
                     .pose = pose_rows(*episode),
                     .act = act_rows(*episode),
                     .faces = face_table(episode->scene),
                     .texts = episode->texts,
                     .inverses = episode->inverses};
  const FaceCounts counts = count_faces(episode->scene, files.frames.face);
  const double bits = information_bits(*episode, counts);
  files.line = [episode, bits](const EpisodePlace& place) {
    return episode_line(*episode, place, bits);
  };
  if (episode->route.guided) files.task = retrace_task(*episode);
  if (with_flow) {
    files.depth = depth_planes(*episode);
    files.flow = flow_planes(*episode);
  }
  files.chunks =
      chunk_lines(*episode, with_visits ? find_visits(*episode, counts) : std::vector<Visit>{});
  return files;
}

EpisodeFiles files_of(TableEpisode&& made) {
  auto episode = std::make_shared<TableEpisode>(std::move(made));
  EpisodeFiles files{.frames = render_episode(*episode),
                     .pose = pose_rows(*episode),
                     .act = act_rows(*episode),
                     .objects = object_rows(*episode),
                     .faces = face_table(episode->scene),
                     .chunks = chunk_lines(*episode),
                     .task = task_line(*episode),
                     .texts = episode->texts,
                     .inverses = episode->inverses};
  const double bits = information_bits(*episode, files.frames.face);
  files.line = [episode, bits](const EpisodePlace& place) {
    return episode_line(*episode, place, bits);
  };
  return files;
}

ShardSettings checked(const DatasetSettings& o, size_t frame_bytes, int frames) {
  require(o.episodes > 0, ErrorKind::Usage, "--episodes ", o.episodes, ": expected at least 1");
  require(o.min_chunks >= 2 && o.max_chunks >= o.min_chunks, ErrorKind::Usage, "chunks ",
          o.min_chunks, " to ", o.max_chunks, ": an episode has 2 at least");
  require(o.threads >= 1, ErrorKind::Usage, "-j ", o.threads, ": expected at least 1");
  return {.folder = o.folder,
          .episodes = static_cast<size_t>(o.episodes),
          .episode_bytes = frame_bytes * static_cast<size_t>(o.max_chunks * frames),
          .threads = o.threads,
          .faces = o.faces,
          .force = o.force,
          .shard_bytes = o.shard_bytes};
}

// The shards count bytes of frames.
DatasetReport in_frames(DatasetReport report, size_t frame_bytes) {
  report.frames /= frame_bytes;
  return report;
}

std::string rollout_id(const char* world, const RolloutSettings& o) {
  return cat(world, '/', o.script, '-', o.seeds.geometry, '-', o.seeds.appearance, '-',
             o.seeds.path);
}

}  // namespace

DatasetReport write_dataset(const DatasetSettings& o, const std::function<void(size_t)>& progress) {
  const bool visits = o.split != std::string("train");
  // Training asks for no visits, and they would be most of the manifest.
  const auto make = [&](size_t index) {
    return files_of(drawn_episode(o, cat("dataset ", o.split, ' ', o.script), index,
                                  [&](const Seeds& seeds, int chunks) {
                                    return make_episode(o.config, o.script, seeds, chunks,
                                                        o.sentences,
                                                        numbered("maze/", index, "", 6));
                                  }),
                    visits, o.flow);
  };
  const size_t bytes = o.config.frame_bytes();
  const size_t planes =
      o.flow ? static_cast<size_t>(o.config.pixels()) * 3 * sizeof(float) : size_t{0};
  return in_frames(write_shards(checked(o, bytes + planes, o.config.frames), make, progress),
                   bytes);
}

DatasetReport write_dataset(const DatasetSettings& o, const TableConfig& config,
                            const std::function<void(size_t)>& progress) {
  require(!o.flow, ErrorKind::Usage, "--flow: the table world has no depth and flow");
  const auto make = [&](size_t index) {
    return files_of(drawn_episode(
        o, cat("table ", o.split, ' ', o.script), index, [&](const Seeds& seeds, int chunks) {
          return make_table_episode(config, o.script, seeds, chunks, o.sentences,
                                    numbered("table/", index, "", 6));
        }));
  };
  const size_t bytes = config.frame_bytes();
  return in_frames(write_shards(checked(o, bytes, config.frames), make, progress), bytes);
}

DatasetReport write_rollout(const RolloutSettings& o) {
  require(o.chunks >= 2, ErrorKind::Usage, "--chunks ", o.chunks, ": an episode has 2 at least");
  return in_frames(write_single(o.folder, o.force,
                                files_of(make_episode(o.config, o.script, o.seeds, o.chunks,
                                                      o.sentences, rollout_id("maze", o)),
                                         true, o.flow)),
                   o.config.frame_bytes());
}

DatasetReport write_rollout(const RolloutSettings& o, const TableConfig& config) {
  require(!o.flow, ErrorKind::Usage, "--flow: the table world has no depth and flow");
  require(o.chunks >= 2, ErrorKind::Usage, "--chunks ", o.chunks, ": an episode has 2 at least");
  return in_frames(write_single(o.folder, o.force,
                                files_of(make_table_episode(config, o.script, o.seeds, o.chunks,
                                                            o.sentences, rollout_id("table", o)))),
                   config.frame_bytes());
}

}  // namespace svg::world
