// An oracle in the place of the inverse dynamics model: who tries each move in the environment, and
// takes the one whose true frames are nearest to the plan's.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/plan/actor.h"

namespace svg::plan {

// Of an actor that is not over; `imagined`: u8 [F, H, W, 3]. Leaves the environment as it was; a
// fault of it ends the actor, and there are no actions. Throws Error{Usage} where the environment
// has no snapshots, or its moves are not all that the task's episode does.
std::vector<world::FrameAction> tried_actions(Actor& actor, const at::Tensor& imagined);

}  // namespace svg::plan
