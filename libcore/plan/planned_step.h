// What one subgoal came to, in one episode.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "libcore/episode/latent_source.h"
#include "libcore/plan/acted.h"

namespace svg::plan {

struct PlannedStep {
  episode::LatentChunk chunk;             // the plan; its header says what was asked for
  at::Tensor imagined;                    // u8 [F, H, W, 3], decoded
  std::vector<world::FrameAction> meant;  // [F], read from them alone
  std::vector<world::FrameAction>
      read;                        // [F], to be executed: the same, or in a closed loop corrected
  std::vector<double> confidence;  // [F], of the reading; empty where an oracle read
  int64_t branch = 0;              // the one that was kept
  std::vector<double> scores;      // of the branches; empty where there was one
  Acted acted;                     // what came of it
};

}  // namespace svg::plan
