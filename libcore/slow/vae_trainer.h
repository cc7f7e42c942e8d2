// Trains the autoencoder of a model directory on the frames of manifests: reconstruction (L1 and
// squared error) and KL terms.
#pragma once
#include "libcore/base/context.h"
#include "libcore/slow/train_settings.h"

namespace svg::slow {

// The saved weights are the averaged ones with the latents' per-channel mean and deviation folded
// into the 1x1 convolutions around the latents (quant_conv, post_quant_conv), so that latents have
// mean 0 and deviation 1 and scaling_factor is 1: any reader of AutoencoderKL gets them without
// extra fields.
void train_vae(const TrainingFiles&, const TrainLoopSettings&, const VaeSettings&, Context&);

}  // namespace svg::slow
