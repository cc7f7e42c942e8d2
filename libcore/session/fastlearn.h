// svg-fastlearn: the learning of Algorithm 1a (SlowFast-VGen, section 3.2) on a stream that exists,
// without generating. Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "libcore/base/context.h"
#include "libcore/episode/run_flags.h"
#include "libcore/footprint/estimate_settings.h"

namespace svg::session {

struct FastlearnOptions {
  std::string model;
  std::string input = "-";   // latent stream of one episode
  std::string memory;        // DIR or DIR@ID
  std::string init;          // LoRA file that a new memory begins with
  std::string draws;         // latent stream of draws records
  episode::RunFlags run;     // past and fast
  bool learn_input = false;  // learn chunks whose role is "input", too
  bool salvage = false;
  bool resume = false;
  bool json = false;  // losses, or the plan
  std::string keep = "all";
  std::string timings;        // empty: beside the memory
  footprint::PlanFlags plan;  // json: above
};

}  // namespace svg::session

// Returns an exit code; of a plan 0 where it fits, 1 where it does not.
extern "C" int svg_fastlearn_session(const svg::session::FastlearnOptions&, svg::Context&);
