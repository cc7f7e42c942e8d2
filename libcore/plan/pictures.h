// Pictures of an environment and of the autoencoder as tensors u8 [n, H, W, 3].
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "libcore/model/latent_codec.h"

namespace svg::plan {

// Of raw bytes.
at::Tensor frames_tensor(const std::vector<uint8_t>& rgb, int64_t height, int64_t width);
// Of latents [n, C, h, w] f32, and back.
at::Tensor decoded(const LatentCodec& codec, const at::Tensor& latents);
at::Tensor encoded(const LatentCodec& codec, const at::Tensor& frames);
// The last n; where there are fewer, the first stands for those before it.
at::Tensor last_frames(const at::Tensor& frames, int64_t n);
// Mean squared difference of the channels of all pixels, 0 .. 255^2.
double squared_distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace svg::plan
