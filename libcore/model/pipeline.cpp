#include "libcore/model/pipeline.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/model/base_loras.h"

namespace svg {

namespace {

UNet3D build_unet(const ModelDirectory& model, Parameters& parameters) {
  UNet3D unet =
      make_unet3d(parameters, unet3d_config_from(model.config("unet"), model.config_path("unet")));
  parameters.finish();
  return unet;
}

// What does not fit is said before the first number is read, which takes seconds for a large model.
void check_names(const ModelDirectory& model, at::ScalarType dtype) {
  auto parameters = parameters_of(model, "unet", dtype, at::kMeta);
  const auto width = build_unet(model, parameters).config.cross_attention_dim;
  const auto text_width = load_text_encoder(model, dtype, at::kMeta).clip.config.hidden_size;
  require(text_width == width, ErrorKind::Config, model.path(), ": the UNet reads text of width ",
          width, ", the text encoder writes ", text_width, ": they belong to two models");
}

}  // namespace

Pipeline load_pipeline(const std::string& directory, at::ScalarType dtype, at::Device device,
                       const std::vector<std::string>& loras) {
  const auto start = std::chrono::steady_clock::now();
  ModelDirectory files(directory);
  auto schedule = make_noise_schedule(
      scheduler_config(files.config("scheduler"), files.config_path("scheduler")));
  check_names(files, dtype);
  auto parameters = parameters_of(files, "unet", dtype, device);
  UNet3D unet = build_unet(files, parameters);
  auto text = load_text_encoder(files, dtype, device);
  auto unet_fingerprint = add_base_loras(loras, parameters, files);
  auto latent_space = latent_space_of(files);
  log_debug(cat(directory, ": ", parameters.count() + text.parameters.count(),
                " parameters of unet and text_encoder loaded in ",
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                " s"));
  return {std::move(files),        std::move(unet), std::move(parameters),
          std::move(schedule),     std::move(text), std::move(unet_fingerprint),
          std::move(latent_space), device,          {}};
}

namespace {
constexpr size_t kKnownPrompts =
    256;  // free text never ends, and an embedding of a large model has 300 kB
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

AutoencoderKL load_vae(const ModelDirectory& files, at::ScalarType dtype, at::Device device) {
  auto parameters = parameters_of(files, "vae", dtype, device);
  auto vae = make_autoencoder_kl(
      parameters, autoencoder_kl_config(files.config("vae"), files.config_path("vae")));
  parameters.finish();
  return vae;
}

}  // namespace svg
