// A past as the model itself makes it. Free generation continues the model's own frames, whose
// faults no true past has; a learner that has seen only true ones carries the faults on and adds
// to them (exposure bias).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "libcore/model/noise_schedule.h"
#include "libcore/model/unet3d.h"

namespace svg::slow {

// The true past noised to `timesteps` and denoised by the model in `steps` steps of DDIM, given the
// frames before it: what is seen stays mostly the same (the true future still continues it), how it
// is drawn becomes the model's.
//   before, past  [B, P, C, h, w] clean;  noise likewise
//   text          [B, L, D];  timesteps [B] int64: where each item begins
// No gradient flows through it.
at::Tensor own_past(const UNet3D&, const NoiseSchedule&, const at::Tensor& before,
                    const at::Tensor& past, const at::Tensor& text, const at::Tensor& timesteps,
                    const at::Tensor& noise, int64_t steps);

}  // namespace svg::slow
