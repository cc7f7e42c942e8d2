// --draws FILE: noise and timesteps given instead of drawn (design.md section 5), by chunk.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>

#include "libcore/fast/fast_learning.h"

namespace svg::fast {

struct ChunkDraws {
  std::optional<at::Tensor> noise;       // [1, F, C, h, w] of generation
  std::optional<at::Tensor> step_noise;  // [S, 1, F, C, h, w]
  std::optional<GivenDraws> learning;
};

// All draws records of a latent stream, by chunk index. Throws Error{NoInput, Data}.
std::map<int64_t, ChunkDraws> read_draws(const std::string& path);

}  // namespace svg::fast
