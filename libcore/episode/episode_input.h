// Chunks of a latent stream as an episode takes them up.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "formats/stream/latent_stream.h"
#include "libcore/episode/action_source.h"
#include "libcore/model/pipeline.h"

namespace svg::episode {

// The header of a stream against the model: VAE and channels. `name` is the stream's. Throws
// Error{Config}.
void check_stream_fits(const ordered_json& header, const std::string& name, const Pipeline&);

// [1, F, C, h, w] f32
at::Tensor latents_of(const formats::Record& chunk);
// What was done in it, without a seed.
Action action_of(const formats::Record& chunk);

}  // namespace svg::episode
