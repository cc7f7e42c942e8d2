// What memory svg-pretrain will take: one update of slow learning of the UNet, run without numbers
// (MemorySimulation).
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/footprint/footprint.h"
#include "libcore/session/pretrain.h"

namespace svg::slow {

// On latents of `frame` = [C, h, w].
footprint::MemoryPlan plan_training(const session::PretrainOptions&, at::IntArrayRef frame,
                                    const Context&);
// The same for frames of --plan-size, or the model's own. Throws Error{Usage} for another component
// than the UNet.
footprint::MemoryPlan plan_training(const session::PretrainOptions&, const Context&);

}  // namespace svg::slow
