// --estimate: what of the machine's memory a run would take. Torch-free.
#pragma once
#include "libcore/footprint/estimate_target.h"

namespace svg::session {

struct EstimateOptions {
  bool estimate = false;  // say that and nothing else
  bool json = false;
  footprint::EstimateTarget target;
};

}  // namespace svg::session
