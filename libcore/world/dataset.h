// Episodes on disk: a folder with episodes.jsonl, chunks.jsonl and the data they name. The folder
// appears whole or not at all; its bytes do not depend on the number of threads.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "libcore/world/episode.h"
#include "libcore/world/shards.h"
#include "libcore/world/table/table_config.h"

namespace svg::world {

struct DatasetSettings {
  WorldConfig config;
  std::string folder;
  std::string script = "walk";
  std::string split = "train";
  int episodes = 0;
  int min_chunks = 0, max_chunks = 0;  // drawn uniformly for each episode
  uint64_t seed = 0;
  int threads = 1;
  Sentences sentences = Sentences::Train;
  bool faces = false;  // also write the face ids and the face table of each episode
  bool flow = false;   // also write depth and flow
  bool force = false;  // replace an existing folder
  size_t shard_bytes =
      size_t{32}
      << 20;  // of frames in a file, about: large enough to read in one go, small enough to hold
};

// `progress` is called now and then, from one thread at a time, with the number of finished
// episodes. Throws Error{CannotCreate, Io, Usage}, Error{Stopped} after a stop signal (nothing is
// left behind then).
DatasetReport write_dataset(const DatasetSettings& settings,
                            const std::function<void(size_t)>& progress = {});

// The same on a table, whose settings replace `settings.config`.
DatasetReport write_dataset(const DatasetSettings& settings, const TableConfig& config,
                            const std::function<void(size_t)>& progress = {});

struct RolloutSettings {
  WorldConfig config{};
  std::string folder;
  std::string script = "walk";
  Seeds seeds;
  int chunks = 0;
  Sentences sentences = Sentences::Plain;
  bool flow = false;  // also write depth.f32 and flow.f32
  bool force = false;
};

// One episode with everything (write_single() in shards.h).
DatasetReport write_rollout(const RolloutSettings& settings);
DatasetReport write_rollout(const RolloutSettings& settings, const TableConfig& config);

}  // namespace svg::world
