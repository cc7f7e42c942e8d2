// Policies without a model: blind ones, which no memory task may be solvable by, and one that knows
// the state, which shows what can be reached. Torch-free.
#pragma once
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/plan/actor.h"

namespace svg::plan {

enum class PlainPolicy {
  InverseReplay,  // the past's actions from the last to the first, each undone
  Random,         // for each chunk a move of the environment
  TextOnly,       // what the words say to who has seen nothing: half a turn, then ahead
  Oracle          // from the true pose to the true poses of the way; cubes: the scripted solution
};

// The actions of the next chunk, after actor.executed() frames of the plan.
std::vector<world::FrameAction> next_actions(PlainPolicy policy, const Actor& actor, int frames,
                                             uint64_t seed);

}  // namespace svg::plan
