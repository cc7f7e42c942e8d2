// The fast phase of the loop (Algorithm 1b, first half): every episode is gone through chunk by
// chunk, and (X_i, X_{i+1}, Theta_i) is stored with the memory as it was before chunk i+1 was seen.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "formats/store/loop_store.h"
#include "libcore/base/progress.h"
#include "libcore/fast/fast_settings.h"
#include "libcore/loop/learner.h"
#include "libcore/loop/loop_settings.h"
#include "libcore/loop/recorded_episodes.h"

namespace svg::loop {

struct FastPhase {
  std::vector<std::string> streams;  // the data, encoded
  LatentSpace space;
  std::string folder;  // of the store
  formats::StoreInfo info;
  std::vector<std::string> targets;  // of the memories, as their files name them
  StoreSettings store;
  std::string start{};  // file that the memories start from, copied into the store; empty: none
  Shard shard;
  bool resume = false;  // episodes that are stored stay
  ProgressStyle progress = ProgressStyle::Silent;
};

struct FastPhaseReport {
  int64_t episodes = 0, pairs = 0;  // of this part
  int64_t learned = 0;              // chunks that this call has learned
  double learning_sec = 0, storing_sec = 0;
  std::vector<double> loss;  // of each learning that this call made, mean of its steps
};

// Stores this part's episodes and its index. Throws Error{CannotCreate} where the store holds
// episodes of this part and `resume` is not set, Error{Stopped} after a stop request: the episodes
// that learn in step are begun again then.
FastPhaseReport run_fast_phase(const FastPhase&, const MakeLearner&);

// Bytes that all of the store will take, about: latents in fp32 and `delta_bytes` for each memory.
int64_t store_bytes(const EpisodeCounts&, formats::StoreKind, int64_t delta_bytes);

}  // namespace svg::loop
