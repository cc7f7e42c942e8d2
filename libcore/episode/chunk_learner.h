// Learning one chunk of a run whose memories may live in directories: what a stopped run has
// learned comes from there, the rest goes there.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libcore/episode/episode_run.h"
#include "libcore/fast/given_draws.h"
#include "libcore/fast/memory_directory.h"
#include "libcore/fast/step_chooser.h"

namespace svg::episode {

// An episode of the run, as its memory knows it.
struct LearningEpisode {
  std::string name, action;                    // the action of the chunk
  fast::MemoryDirectory* directory = nullptr;  // may be null
  const ordered_json* provenance = nullptr;
};

struct LearnedChunk {
  std::optional<double> loss_before,
      loss_after;  // on draws held out from learning, where that was measured
  int64_t steps = 0;
  double loss = 0;         // mean of the steps' own
  double norm = 0;         // of the memory's update, then
  int64_t revision = 0;    // 0: the memory has no directory
  double storing_sec = 0;  // of what learning took: the revision's way to the disk
};

// Learns the last appended chunk of `run`. Draws of that chunk's index replace those of the seed.
// `sampling_sec` as for StepChooser. Returns one for each episode; none where a stopped run had
// learned the chunk in all of them.
std::vector<LearnedChunk> learn_chunk(EpisodeRun& run, const std::vector<LearningEpisode>& episodes,
                                      const std::map<int64_t, fast::ChunkDraws>& draws,
                                      fast::StepChooser& steps, std::optional<double> sampling_sec);

}  // namespace svg::episode
