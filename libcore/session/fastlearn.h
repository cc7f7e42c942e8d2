// svg-fastlearn: the learning of Algorithm 1a (SlowFast-VGen, section 3.2) on a stream that exists,
// without generating. Torch-free.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "libcore/episode/episode_file_settings.h"
#include "libcore/session/door.h"
#include "libcore/session/estimate.h"
#include "libcore/session/run_options.h"

namespace svg::session {

// A line of the result: one chunk learned.
struct FastlearnRow {
  int64_t revision = 0, chunk = 0;
  std::string action;
  std::optional<double> loss_before, loss_after;  // held-out, where it was measured
  int64_t steps = 0;
  double loss = 0;  // mean of the steps' own
  double norm = 0;  // of the memory's update, then
};

struct FastlearnOptions {
  static constexpr const char* kSession = "svg_fastlearn_session";
  std::string model;
  std::string input = "-";                            // latent stream of one episode
  std::string memory;                                 // DIR or DIR@ID
  std::string init;                                   // LoRA file that a new memory begins with
  episode::EpisodeFileSettings files;                 // all but only_generated and learn_until
  RunOptions run;                                     // past and fast
  std::function<void(const FastlearnRow&)> on_chunk;  // called as soon as a chunk is learned
  EstimateOptions estimate;
};

}  // namespace svg::session

// Reports an estimate where one was asked for; what was learned goes to on_chunk.
extern "C" svg::session::Session<svg::session::FastlearnOptions> svg_fastlearn_session;
