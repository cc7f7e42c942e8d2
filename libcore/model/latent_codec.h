// The VAE of a model directory between pictures and the latents of our streams.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/base/json.h"
#include "libcore/model/autoencoder_kl.h"
#include "libcore/video/image.h"

namespace svg {

struct LatentCodec {
  AutoencoderKL vae;
  std::string fingerprint;  // of the VAE's weights: what streams name as their model
  json settings;            // the model's svg.json
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;
  int64_t batch = 4;  // pictures at once
  int64_t tile = 0;   // vae_tiling.h; 0: pictures whole

  int64_t reduction() const;  // pixels a latent, in each direction
};

// Loads the VAE with the context's device and precision; fp16 becomes fp32 where the VAE's config
// says that fp16 overflows (force_upcast). Throws Error{NoInput, Data}, Error{Usage} for an
// impossible tile.
LatentCodec load_latent_codec(const std::string& model, const Context&, int64_t batch,
                              int64_t tile = 0);

// Pictures of one size -> scaled latents [F, C, h, w] f32 on the CPU: the posterior's mean, or,
// with noise [F, C, h, w], a sample.
at::Tensor encode_images(const LatentCodec&, const std::vector<video::Image>&,
                         const std::optional<at::Tensor>& noise);
// Pictures as networks see them, u8 [F, H, W, 3] on the CPU -> F pictures.
std::vector<video::Image> images_of(const at::Tensor& frames);

// Scaled latents [F, C, h, w] -> F pictures.
std::vector<video::Image> decode_images(const LatentCodec&, const at::Tensor& latents);

}  // namespace svg
