// The flags of a run as the user gave them: what is set replaces the model's own settings.
// Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libcore/fast/fast_flags.h"

namespace svg::episode {

struct RunFlags {
  std::vector<std::string> loras;  // FILE[:SCALE] each: added to the base weights
  std::optional<int64_t> past, future, steps;
  std::optional<std::string> sampler;
  std::optional<double> guidance_scale;
  fast::FastFlags fast;
  std::string checkpoint_activations =
      "none";  // none, blocks, all, offload: memory of a learning step; changes no result
  std::string
      replay;  // a memory, DIR or DIR@ID: chunks get the gradient steps that they have there
};

}  // namespace svg::episode
