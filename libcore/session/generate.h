// svg-generate: Algorithm 1a of SlowFast-VGen, whole (method.md section 2). First frames and a
// stream of actions in; a long episode out, chunk by chunk, while a Temp-LoRA learns each chunk.
// Torch-free.
#pragma once
#include <cstdint>
#include <string>

#include "libcore/episode/episode_file_settings.h"
#include "libcore/session/door.h"
#include "libcore/session/estimate.h"
#include "libcore/session/run_options.h"

namespace svg::session {

struct GenerateOptions {
  static constexpr const char* kSession = "svg_generate_session";
  std::string model;
  std::string input = "-";  // latent stream with the first chunks
  std::string actions;      // file, or "-"
  std::string output = "-";
  std::string memory;    // DIR or DIR@ID; empty: the memory lives for this run only
  std::string episodes;  // file that names many of those (episode_request.h), instead
  int64_t batch = 0;     // of them in step at most; 0: all that can be
  bool no_fast = false;
  std::string preview;  // NAME.png or "terminal" (episode/preview.h); empty: none
  episode::EpisodeFileSettings files;
  // What is not set in it is the model's svg.json, then the paper's form.
  RunOptions run;
  EstimateOptions estimate;
};

}  // namespace svg::session

// Reports an estimate where one was asked for.
extern "C" svg::session::Session<svg::session::GenerateOptions> svg_generate_session;
