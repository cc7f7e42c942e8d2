// What memory svg-generate and svg-fastlearn will take: a chunk sampled and learned, run without
// numbers (MemorySimulation).
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/footprint/footprint.h"
#include "libcore/session/fastlearn.h"
#include "libcore/session/generate.h"

namespace svg::episode {

// One chunk sampled, and learned, by `episodes` in step on latents of `frame` = [C, h, w].
footprint::MemoryPlan plan_generation(const session::GenerateOptions&, at::IntArrayRef frame,
                                      int64_t episodes, const Context&);
// One chunk of `chunk_frames` learned.
footprint::MemoryPlan plan_fastlearning(const session::FastlearnOptions&, at::IntArrayRef frame,
                                        int64_t chunk_frames, const Context&);

// The same for what --plan-size says, or the input where that is a file, or else the model. Of
// --episodes the largest frame and the largest batch that there can be: which of them go in step
// (equal openings, as many actions) is known when the model is loaded. Throw as StreamReader and
// read_episode_requests.
footprint::MemoryPlan plan_generation(const session::GenerateOptions&, const Context&);
footprint::MemoryPlan plan_fastlearning(const session::FastlearnOptions&, const Context&);

}  // namespace svg::episode
