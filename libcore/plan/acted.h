// What frames of an environment looked like, where they were seen from, and what led into them.
// Torch-free.
#pragma once
#include <vector>

#include "libcore/world/environment/environment.h"

namespace svg::plan {

struct Acted {
  int frames = 0;
  std::vector<uint8_t> rgb;              // [n, H, W, 3]
  std::vector<double> poses;             // [n, P]
  std::vector<world::FrameAction> acts;  // [n], as executed
  std::vector<uint8_t> hits;             // [n]
};

// `acts`: what was asked for, of which the first o.n were done.
void append(Acted& to, const world::Observation& o, const std::vector<world::FrameAction>& acts);
void append(Acted& to, const Acted& more);

}  // namespace svg::plan
