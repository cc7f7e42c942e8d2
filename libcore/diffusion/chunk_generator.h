// One chunk from noise: the sampler's walk over the future frames of a window whose past stays
// clean (SlowFast-VGen, Algorithm 1a, "denoise f_g frames with Phi + Theta, given clean X_i and
// text C_i").
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "libcore/diffusion/sampling_options.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/unet3d.h"

namespace svg {

//   past        [E, P, C, h, w] clean latents, P >= 0
//   text        [E, L, D]; empty_text [L, D] is the other half of guidance
//   noise       [E, F, C, h, w] where the walk starts
//   step_noise  [S, E, F, C, h, w] for samplers that add noise, else undefined
//   before_step called with each step's timestep, before the UNet runs
// Returns [E, F, C, h, w] clean latents. The UNet computes with whatever adapters are in its slots,
// one per row of E.
at::Tensor generate_chunk(const UNet3D&, const NoiseSchedule&, const SamplingOptions&,
                          const at::Tensor& past, const at::Tensor& text,
                          const at::Tensor& empty_text, const at::Tensor& noise,
                          const at::Tensor& step_noise = {},
                          const std::function<void(double)>& before_step = {});

// The clean frames that one prediction from pure noise at the last timestep implies: what the
// weights know, free of drift (metrics.md 2.7, recall_step). Shapes as above.
at::Tensor one_step_chunk(const UNet3D&, const NoiseSchedule&, const at::Tensor& past,
                          const at::Tensor& text, const at::Tensor& noise);

}  // namespace svg
