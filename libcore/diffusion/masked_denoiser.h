// Masked conditional denoising (SlowFast-VGen, section 3.1; method.md section 1): the past frames
// of a window stay clean at every timestep, the future ones are noisy, and only what the UNet says
// about the future counts.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/model/unet3d.h"

namespace svg {

// Whatever the inputs' precision, the UNet computes in that of its weights.
//   past      [B, P, C, h, w] clean latents, P >= 0
//   future    [B, F, C, h, w] noisy latents
//   timestep  [B] int64, one for the whole window
//   text      [B, L, D]
// Returns the UNet's output on the future frames, [B, F, C, h, w] f32.
at::Tensor predict_future(const UNet3D&, const at::Tensor& past, const at::Tensor& future,
                          const at::Tensor& timestep, const at::Tensor& text);

}  // namespace svg
