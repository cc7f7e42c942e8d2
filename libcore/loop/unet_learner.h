// The learner of the fast phase that is meant: the UNet of a model directory, with Temp-LoRA.
#pragma once
#include "libcore/episode/episode_run.h"
#include "libcore/loop/learner.h"

namespace svg::loop {

// `pipeline` outlives what this makes.
MakeLearner unet_learner(Pipeline& pipeline, const episode::RunSettings& settings);

}  // namespace svg::loop
