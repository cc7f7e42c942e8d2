// What of the machine's memory slow learning of the UNet will take: one update, run on the meta
// device (AllocationSimulation).
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "libcore/footprint/footprint.h"
#include "libcore/slow/train_settings.h"

namespace svg::slow {

// On latents of `frame` = [C, h, w].
footprint::Footprint training_footprint(const std::string& model, const TrainLoopSettings&,
                                        const SlowSettings&, at::IntArrayRef frame,
                                        const footprint::EstimateTarget&, const Context&);

}  // namespace svg::slow
