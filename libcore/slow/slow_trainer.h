// Trains the UNet of a model directory to continue clean past frames (SlowFast-VGen, section 3.1;
// method.md section 1).
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/unet3d.h"
#include "libcore/slow/beside_unet.h"
#include "libcore/slow/train_settings.h"

namespace svg::slow {

// Saves into loop.output. `beside`: what stands beside the UNet; nullptr: nothing. Throws
// Error{System} before weights are read where a GPU is predicted to be too small.
void train_unet(const TrainingFiles&, const TrainLoopSettings&, const SlowSettings&, Context&,
                BesideUnet* beside = nullptr);

// The masked loss of one batch, mean over everything of the squared error of the schedule's
// prediction type on the future frames.
//   past    [B, P, C, h, w] clean (P >= 0)
//   future  [B, F, C, h, w] clean targets, noised inside
//   text    [B, L, D];  timesteps [B] int64;  noise [B, F, C, h, w]
at::Tensor slow_loss(const UNet3D&, const NoiseSchedule&, const at::Tensor& past,
                     const at::Tensor& future, const at::Tensor& text, const at::Tensor& timesteps,
                     const at::Tensor& noise);

// "4:0.75,1:0.25" or "8" -> {(4, 0.75), (1, 0.25)}: past lengths and their shares, which sum to 1.
// Throws Error{Usage}.
std::vector<std::pair<int64_t, double>> parse_past_mix(const std::string& text);

}  // namespace svg::slow
