// What of the machine's memory generation and fast learning will take: a chunk sampled and learned
// on the meta device (AllocationSimulation).
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "formats/model/model_directory.h"
#include "libcore/episode/episode_run.h"
#include "libcore/footprint/footprint.h"

namespace svg::episode {

// What is done with each chunk.
struct ChunkWork {
  RunSettings settings;
  nn::Checkpointing checkpoint_activations = nn::Checkpointing::None;
  bool samples = true, learns = true;
  int64_t episodes = 1;  // in step
};

// On latents of `frame` = [C, h, w].
footprint::Footprint chunk_footprint(const formats::ModelDirectory&, const ChunkWork&,
                                     at::IntArrayRef frame, const footprint::EstimateTarget&,
                                     const Context&);

// [F, C, h, w] of the first chunk of an input that can be read twice: nothing of a pipe. Throws as
// StreamReader.
std::optional<std::vector<int64_t>> first_chunk_of(const std::string& input);

// [C, h, w] of `size` where it is given, or of the input's first chunk, or else of the model.
std::vector<int64_t> frame_of_input(const formats::ModelDirectory&, const std::string& size,
                                    const std::optional<std::vector<int64_t>>& chunk);

}  // namespace svg::episode
