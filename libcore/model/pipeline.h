// A loaded model directory: what generation and learning need of it. The autoencoder is loaded
// apart (svg-encode, svg-decode, svg-eval).
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/latent_space.h"
#include "libcore/model/model_files.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/text_encoder.h"
#include "libcore/model/unet3d.h"

namespace svg {

struct Pipeline {
  ModelDirectory files;
  UNet3D unet;
  Parameters unet_parameters;
  NoiseSchedule schedule;
  TextEncoder text;
  std::string unet_fingerprint;
  LatentSpace latent_space;  // of the VAE, which is not loaded
  at::Device device = at::kCPU;

  // [L, D] of one prompt; recent prompts are not encoded again.
  at::Tensor embed(const std::string& prompt) const;

  mutable std::map<std::string, at::Tensor> known_prompts;
};

// `loras`: base_loras.h. Throws Error{NoInput, Data, Config} where a component is missing or does
// not fit.
Pipeline load_pipeline(const std::string& directory, at::ScalarType dtype, at::Device device,
                       const std::vector<std::string>& loras = {});

AutoencoderKL load_vae(const ModelDirectory&, at::ScalarType dtype, at::Device device);

}  // namespace svg
