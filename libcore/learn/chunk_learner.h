// Learning one chunk of a run whose memory may live in a directory: what a stopped run has learned comes from there, the rest goes there.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "libcore/learn/episode_run.h"
#include "libcore/learn/given_draws.h"
#include "libcore/learn/memory_directory.h"

namespace svg::learn {

struct LearnedChunk {
  double loss_before = 0, loss_after = 0;  // on draws held out from learning
  double norm = 0;                         // of the memory's update, then
  int64_t revision = 0;                    // 0: the memory has no directory
};

// The last appended chunk of `run`, which has one episode, called `episode`. `directory` may be null. Draws of that chunk's index replace
// those of the seed. Nothing is returned where a stopped run had learned the chunk.
std::optional<LearnedChunk> learn_chunk(EpisodeRun& run, MemoryDirectory* directory, const std::string& episode, const std::string& action,
                                        const std::map<int64_t, ChunkDraws>& draws, const ordered_json& provenance);

}  // namespace svg::learn
