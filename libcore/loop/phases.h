// The two phases of the loop on a model directory (Algorithm 1b).
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/footprint/footprint.h"
#include "libcore/loop/fast_phase.h"
#include "libcore/loop/loop_settings.h"

namespace svg::loop {

struct FastWork {
  std::string model;
  std::vector<std::string> data;  // manifest directories or latent streams
  std::string store;              // the folder that is written
  std::string latents{};          // where manifests are encoded to; empty: into the store
  ordered_json settings = ordered_json::object();  // that were given, in the form of svg.json
  StoreSettings form;
  Shard shard;
  bool resume = false;
};
FastPhaseReport fast_phase(const FastWork&, Context&);

// Bytes of the store that this would write, and of one memory.
struct StoreEstimate {
  EpisodeCounts counts;
  int64_t delta_bytes = 0, bytes = 0;
};
StoreEstimate estimate_store(const FastWork&, Context&);

struct SlowWork {
  std::string model;
  std::string store, held_out;  // the second may be empty
  BesideSettings beside;
  slow::TrainLoopSettings loop;
  slow::SlowSettings slow;  // the windows are the model's own
  Precision save_dtype = Precision::Fp32;
};
// Trains the model of the store on it, and writes loop.output. A store of kind replay is learned
// again into loop.output/replayed first. Throws Error{Config} where the store's memories were
// learned on another model.
void slow_phase(const SlowWork&, Context&);

// A start for memories, with nothing learned in it yet (fast/start.h), for --learn-init.
void make_start(const std::string& path, const FastWork&, Context&);

// The loop without a store (online_memories.h) on data instead of work.store; the batch are the
// episodes in step. Held-out losses are those with the memories of work.held_out.
void online_phase(const FastWork& data, const SlowWork& work, Context&);
// Throws Error{Usage} for what it cannot do.
void check_online(const slow::SlowSettings& slow, const BesideSettings& beside);

// Held-out losses of a training, from its log: the line of update 0 and the last one. Keys as in
// the log, without "validation_".
struct HeldOutLosses {
  ordered_json before, after;
};
HeldOutLosses held_out_losses(const std::string& run);

}  // namespace svg::loop
