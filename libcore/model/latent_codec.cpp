#include "libcore/model/latent_codec.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstring>

#include "libcore/base/error.h"
#include "libcore/model/pipeline.h"
#include "libcore/model/vae_tiling.h"
#include "libcore/tensor/pixels.h"
#include "libcore/tensor/runtime.h"

namespace svg {
namespace {

at::Tensor bytes_of(const std::vector<video::Image>& images) {
  std::vector<at::Tensor> bytes;
  for (const auto& image : images) {
    require(image.height == images[0].height && image.width == images[0].width, ErrorKind::Internal,
            "pictures of different sizes in one chunk");
    bytes.push_back(pictures_from_rgb(image.rgb, image.height, image.width));
  }
  return at::cat(bytes);
}

}  // namespace

int64_t LatentCodec::reduction() const {
  return reduction_of(vae.config);
}

LatentCodec load_latent_codec(const std::string& directory, const Context& context, int64_t batch,
                              int64_t tile) {
  LatentCodec codec;
  codec.device = at::Device(context.device);
  codec.batch = batch;
  codec.tile = tile;
  const formats::ModelDirectory model(directory);
  const auto config = autoencoder_kl_config(model.config("vae"), model.config_path("vae"));
  codec.dtype = dtype_from(context.dtype);
  if (codec.dtype == at::kHalf && config.force_upcast) codec.dtype = at::kFloat;
  codec.vae = load_vae(model, codec.dtype, codec.device);
  if (tile > 0) check_tile(codec.vae, tile);
  codec.fingerprint = model.fingerprint("vae");
  codec.settings = model.defaults();
  return codec;
}

at::Tensor encode_images(const LatentCodec& codec, const std::vector<video::Image>& images,
                         const std::optional<at::Tensor>& noise) {
  const at::NoGradGuard no_grad;
  const at::Tensor bytes = bytes_of(images);
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < bytes.size(0); begin += codec.batch) {
    const int64_t count = std::min(codec.batch, bytes.size(0) - begin);
    const auto pixels =
        pixels_from_bytes(bytes.narrow(0, begin, count).to(codec.device)).to(codec.dtype);
    const Posterior posterior =
        codec.tile > 0 ? encode_tiled(codec.vae, pixels, codec.tile) : encode(codec.vae, pixels);
    const auto latents =
        noise ? sample(posterior, noise->narrow(0, begin, count).to(codec.device, codec.dtype))
              : posterior.mean;
    parts.push_back(scale_latents(codec.vae.config, latents.to(at::kFloat)).cpu());
  }
  return at::cat(parts, 0).contiguous();
}

std::vector<video::Image> images_of(const at::Tensor& frames) {
  std::vector<video::Image> images;
  for (int64_t i = 0; i < frames.size(0); ++i) {
    video::Image image(static_cast<int>(frames.size(1)), static_cast<int>(frames.size(2)));
    const auto frame = frames[i].contiguous();
    std::memcpy(image.rgb.data(), frame.const_data_ptr<uint8_t>(), image.rgb.size());
    images.push_back(std::move(image));
  }
  return images;
}

std::vector<video::Image> decode_images(const LatentCodec& codec, const at::Tensor& latents) {
  const at::NoGradGuard no_grad;
  std::vector<video::Image> images;
  for (int64_t begin = 0; begin < latents.size(0); begin += codec.batch) {
    const int64_t count = std::min(codec.batch, latents.size(0) - begin);
    const auto unscaled = unscale_latents(
        codec.vae.config, latents.narrow(0, begin, count).to(codec.device, at::kFloat));
    const auto given = unscaled.to(codec.dtype);
    const auto pixels =
        codec.tile > 0 ? decode_tiled(codec.vae, given, codec.tile) : decode(codec.vae, given);
    for (auto& image : images_of(bytes_from_pixels(pixels).cpu()))
      images.push_back(std::move(image));
  }
  return images;
}

}  // namespace svg
