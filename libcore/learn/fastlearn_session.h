// svg-fastlearn: the learning of Algorithm 1a (SlowFast-VGen, section 3.2) on a stream that exists,
// without generating. Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "formats/base/context.h"
#include "libcore/learn/plan_flags.h"
#include "libcore/learn/run_flags.h"

namespace svg::learn {

struct FastlearnOptions {
  std::string model;
  std::string input = "-";   // latent stream of one episode
  std::string memory;        // DIR or DIR@ID
  std::string init;          // LoRA file that a new memory begins with
  std::string draws;         // latent stream of draws records
  RunFlags run;              // past and fast
  bool learn_input = false;  // learn chunks whose role is "input", too
  bool salvage = false;
  bool resume = false;
  bool json = false;  // losses, or the plan
  std::string keep = "all";
  std::string timings;  // empty: beside the memory
  PlanFlags plan;       // json: above
};

}  // namespace svg::learn

// Returns an exit code; of a plan 0 where it fits, 1 where it does not.
extern "C" int svg_fastlearn_session(const svg::learn::FastlearnOptions&, svg::Context&);
