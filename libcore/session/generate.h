// svg-generate: Algorithm 1a of SlowFast-VGen, whole (method.md section 2). First frames and a
// stream of actions in; a long episode out, chunk by chunk, while a Temp-LoRA learns each chunk.
// Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "libcore/base/context.h"
#include "libcore/episode/run_flags.h"
#include "libcore/footprint/estimate_settings.h"

namespace svg::session {

struct GenerateOptions {
  std::string model;
  std::string input = "-";  // latent stream with the first chunks
  std::string actions;      // file, or "-"
  std::string output = "-";
  std::string memory;    // DIR or DIR@ID; empty: the memory lives for this run only
  std::string episodes;  // file that names many of those (episode_request.h), instead
  int64_t batch = 0;     // of them in step at most; 0: all that can be
  std::string draws;     // latent stream of draws records
  bool no_fast = false;
  episode::RunFlags
      run;  // what the user set; the rest is the model's svg.json, then the paper's form
  bool learn_input = false;
  std::optional<int64_t>
      learn_until;  // chunks from this index on use the memory, but are not learned
  bool only_generated = false;
  bool salvage = false;
  bool resume = false;
  std::string keep = "all";  // revisions whose files stay: all, last, every:N
  footprint::PlanFlags plan;
  std::string timings;  // JSON lines, one a chunk; empty: beside the memory, where there is one
};

}  // namespace svg::session

extern "C" int svg_generate_session(const svg::session::GenerateOptions&, svg::Context&);
