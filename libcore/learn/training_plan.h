// What memory svg-pretrain will take: one update of slow learning of the UNet, run without numbers
// (MemorySimulation).
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/learn/memory_plan.h"
#include "libcore/learn/pretrain_session.h"

namespace svg::learn {

// On latents of `frame` = [C, h, w].
MemoryPlan plan_training(const PretrainOptions&, at::IntArrayRef frame, const Context&);
// The same for frames of --plan-size, or the model's own. Throws Error{Usage} for another component
// than the UNet.
MemoryPlan plan_training(const PretrainOptions&, const Context&);

}  // namespace svg::learn
