// E episodes in step whose memories may live in directories: chunks are given, observed or
// generated, then learned and stored (SlowFast-VGen, Algorithm 1a). svg-generate and svg-fastlearn
// run on it. Where chunks come from and go to is the caller's: LatentSource, LatentSink. What a
// stopped run has learned comes from the directories and is not learned again.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libcore/episode/episode_run.h"
#include "libcore/episode/latent_source.h"
#include "libcore/episode/timings.h"
#include "libcore/fast/given_draws.h"
#include "libcore/fast/memory_directory.h"
#include "libcore/fast/step_chooser.h"

namespace svg::episode {

// An episode of the batch. What it points to belongs to the caller, and is there for as long as the
// batch is.
struct BatchMember {
  std::string name;                          // as chunk headers have it
  fast::MemoryDirectory* memory = nullptr;   // null: the memory lives for this run only
  const ordered_json* provenance = nullptr;  // of the revisions of `memory`
  Timings* timings = nullptr;                // null: none are written
};

struct BatchSettings {
  std::map<int64_t, fast::ChunkDraws> draws{};  // by chunk index: instead of those of the seed
  std::string replay{};                         // as of fast::StepChooser
  std::optional<int64_t> learn_until{};  // chunks from this index on use the memory, unlearned
};

// What learning a chunk came to, for one episode.
struct LearnedChunk {
  std::optional<double> loss_before, loss_after;  // on held-out draws, where that was measured
  int64_t steps = 0;
  double loss = 0;         // mean of the steps' own
  double norm = 0;         // of the memory's update, then
  int64_t revision = 0;    // 0: the memory has no directory
  double storing_sec = 0;  // of what learning took: the revision's way to the disk
};

// Where a chunk comes from: given, or made by the model. sampling_sec: as generate() said, where it
// has just been made.
struct ChunkOrigin {
  bool own = false;
  std::optional<double> sampling_sec{};
};

class EpisodeBatch {
 public:
  // Throws as EpisodeRun and StepChooser. Episodes in step need memories of equal age: Adam's steps
  // are counted once for all.
  EpisodeBatch(Pipeline&, const RunSettings&, std::vector<BatchMember>, BatchSettings = {});

  // Loads the weights of the revision that a directory stands at, of one episode or of all, unless
  // they are loaded already. Throws as MemoryDirectory::load.
  void load(size_t e);
  void load();

  struct Generated {
    std::vector<LatentChunk> chunks;  // one of each episode; their latents are on the CPU
    double sampling_sec = 0;          // of the whole batch
  };
  // The next chunk of every episode, from the memories as they stand, with the header that a stream
  // gives it; it is not appended.
  Generated generate(const std::vector<Action>&);

  // Appends a chunk of every episode, all of one shape, and learns it, unless it is the first, or
  // `learnable` is false (what was given to a generation), or learn_until has come. Frames out of
  // reach are forgotten. Its index is chunk_count(), whatever its header says.
  // Returns an entry for each episode; none where nothing was learned, or a stopped run had done
  // it.
  std::vector<LearnedChunk> append(const std::vector<LatentChunk>&, bool learnable,
                                   const ChunkOrigin& origin = {});

  int64_t chunk_count() const { return run_.chunk_count(); }
  size_t size() const { return members_.size(); }
  EpisodeRun& run() { return run_; }

 private:
  std::vector<LearnedChunk> learn(const std::vector<Action>&, const ChunkOrigin&);
  void write_timings(const std::vector<LearnedChunk>&, std::optional<double> sampling_sec,
                     double learning_sec);

  Pipeline& pipeline_;
  RunSettings settings_;
  std::vector<BatchMember> members_;
  BatchSettings batch_;
  fast::StepChooser steps_;
  EpisodeRun run_;
};

}  // namespace svg::episode
