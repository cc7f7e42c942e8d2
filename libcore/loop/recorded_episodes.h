// The episodes of latent streams, one after the other, each whole.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/episode/latent_source.h"

namespace svg::loop {

struct RecordedEpisode {
  int64_t number = 0;  // its place in all of the data, from 0
  std::string name;
  formats::StreamHeader stream;  // of the stream that it is in
  std::vector<episode::LatentChunk> chunks;
};

// Calls `take` with every episode, in the order of the data; no other is held meanwhile. Throws
// Error{NoInput} where there is none, Error{Data} where a stream is cut off or the chunks of an
// episode are out of order, Error{Config} for latents of another VAE than that of `space`.
void for_each_episode(const std::vector<std::string>& streams, const LatentSpace& space,
                      const std::function<void(RecordedEpisode)>& take);

// How many there are, and their chunks.
struct EpisodeCounts {
  int64_t episodes = 0, chunks = 0, frames = 0;
  int64_t numbers = 0;  // in all latents
};
EpisodeCounts count_episodes(const std::vector<std::string>& streams, const LatentSpace& space);

}  // namespace svg::loop
