#include "libcore/episode/episode_input.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg::episode {

void check_stream_fits(const ordered_json& header, const std::string& name,
                       const Pipeline& pipeline) {
  const auto model = header.value("model", "");
  require(model == pipeline.vae_fingerprint, ErrorKind::Config, name,
          ": was encoded by another VAE (", model, "), this model's is ", pipeline.vae_fingerprint,
          ": encode it again with svg-encode --model ", pipeline.files.path());
  const auto channels = header.value("channels", int64_t{0});
  require(channels == pipeline.unet.config.in_channels, ErrorKind::Config, name, ": latents have ",
          channels, " channels, the UNet takes ", pipeline.unet.config.in_channels);
}

at::Tensor latents_of(const formats::Record& chunk) {
  return tensor_of(*chunk.tensors().find("latents")).to(at::kFloat).unsqueeze(0);
}

Action action_of(const formats::Record& chunk) {
  return {chunk.header.value("action", ""), chunk.header.value("action_inverse", ""), std::nullopt};
}

}  // namespace svg::episode
