// svg-memory verify --replay: the history of a memory, learned again from the stream that it
// remembers. Torch-free.
#pragma once
#include <string>

#include "libcore/session/door.h"

namespace svg::session {

// Learns every revision on the way to the one that is named, with the settings, seed and precision
// that it records, and compares the bytes of weights and optimizer. Reports each of them as
// "exact", "differs" (with the largest difference, as a share of the largest number) or "not
// learned" (imported, merged). Exit code 1 unless all that were learned are exact.
struct MemoryReplayOptions {
  static constexpr const char* kSession = "svg_memory_replay_session";
  std::string memory;  // DIR or DIR@ID
  std::string stream;  // latent stream of the episode, up to that revision at least
  std::string model;   // the directory it was learned on
  std::string draws;   // --draws of that run; empty: of the seed
  std::string init;    // --init of that run
  std::string start;   // --fast-init of that run; empty: the model's
};

}  // namespace svg::session

// Throws Error{Config} for another model, another stream, or settings that nothing is known of.
extern "C" svg::session::Session<svg::session::MemoryReplayOptions> svg_memory_replay_session;
