// svg-fastlearn: the learning of Algorithm 1a (SlowFast-VGen, section 3.2) on a stream that exists, without generating. Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "formats/base/context.h"
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
  bool json = false;
  std::string keep = "all";
  std::string timings;       // empty: beside the memory
};

}  // namespace svg::learn

extern "C" int svg_fastlearn_session(const svg::learn::FastlearnOptions&, svg::Context&);
