// How episodes of a run are read and written. Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace svg::episode {

struct EpisodeFileSettings {
  std::string draws;                   // latent stream of draws records instead of random numbers
  bool learn_input = false;            // learn the chunks that were given, too
  std::optional<int64_t> learn_until;  // chunks from this index on use the memory, unlearned
  bool only_generated = false;         // the output begins with the first generated chunk
  bool salvage = false;                // an input that was cut off is accepted
  bool resume = false;
  std::string keep = "all";  // revisions whose files stay: all, last, every:N
  std::string timings;  // JSON lines, one a chunk; empty: beside the memory, where there is one
};

}  // namespace svg::episode
