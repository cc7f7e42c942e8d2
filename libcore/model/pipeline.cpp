#include "libcore/model/pipeline.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "formats/base/error.h"

namespace svg {

Pipeline load_pipeline(const std::string& directory, at::ScalarType dtype, at::Device device) {
  auto files = open_model(directory);
  auto parameters = files.parameters("unet", kDiffusersStem, dtype, device);
  UNet3D unet = make_unet3d(parameters, unet3d_config_from(files.component_config("unet"), directory + "/unet/config.json"));
  parameters.finish();
  auto text = load_text_encoder(files, dtype, device);
  const auto width = text.clip.config.hidden_size;
  require(width == unet.config.cross_attention_dim, ErrorKind::Config, directory, ": the UNet reads text of width ",
          unet.config.cross_attention_dim, ", the text encoder writes ", width, ": they belong to two models");
  auto schedule = make_noise_schedule(
      scheduler_config(files.component_config("scheduler"), directory + "/scheduler/scheduler_config.json"));
  const auto unet_fingerprint = files.fingerprint("unet", kDiffusersStem), vae_fingerprint = files.fingerprint("vae", kDiffusersStem);
  return {std::move(files), std::move(unet), std::move(parameters), std::move(schedule), std::move(text),
          unet_fingerprint, vae_fingerprint, device, {}};
}

namespace {
constexpr size_t kKnownPrompts = 256;  // free text never ends, and an embedding of a large model has 300 kB
}  // namespace

at::Tensor Pipeline::embed(const std::string& prompt) const {
  auto it = known_prompts.find(prompt);
  if (it == known_prompts.end()) {
    if (known_prompts.size() >= kKnownPrompts) known_prompts.clear();
    at::NoGradGuard no_grad;
    it = known_prompts.emplace(prompt, encode_text(text, {prompt})[0]).first;
  }
  return it->second;
}

AutoencoderKL load_vae(const ModelFiles& files, at::ScalarType dtype, at::Device device) {
  auto parameters = files.parameters("vae", kDiffusersStem, dtype, device);
  auto vae = make_autoencoder_kl(parameters, autoencoder_kl_config(files.component_config("vae"), files.directory() + "/vae/config.json"));
  parameters.finish();
  return vae;
}

}  // namespace svg
