// Trains the autoencoder of a model directory on the frames of manifests: reconstruction (L1 and
// squared error) and KL terms.
#pragma once
#include "formats/base/context.h"
#include "libcore/learn/pretrain_session.h"

namespace svg::learn {

// The saved weights are the averaged ones with the latents' per-channel mean and deviation folded
// into the 1x1 convolutions around the latents (quant_conv, post_quant_conv), so that latents have
// mean 0 and deviation 1 and scaling_factor is 1: any reader of AutoencoderKL gets them without
// extra fields.
int train_vae(const PretrainOptions&, Context&);

}  // namespace svg::learn
