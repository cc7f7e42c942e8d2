#include "libcore/model/latent_space.h"

#include "libcore/base/error.h"
#include "libcore/model/autoencoder_kl.h"

namespace svg {

LatentSpace latent_space_of(const ModelDirectory& files) {
  const auto config = autoencoder_kl_config(files.config("vae"), files.config_path("vae"));
  return {files.path(), files.fingerprint("vae"), config.latent_channels, config.scaling_factor};
}

void check_stream_fits(const formats::StreamHeader& header, const std::string& name,
                       const LatentSpace& space) {
  require(header.model == space.fingerprint, ErrorKind::Config, name,
          ": its latents are of the VAE ", header.model, ", but that of ", space.model, " is ",
          space.fingerprint, ": give the model that made them");
  require(header.channels == space.channels, ErrorKind::Config, name, ": latents have ",
          header.channels, " channels, those of the VAE of ", space.model, " ", space.channels);
  require(header.scaling_factor == space.scaling_factor, ErrorKind::Config, name,
          ": latents are scaled by ", header.scaling_factor, ", the VAE of ", space.model, " says ",
          space.scaling_factor);
}

}  // namespace svg
