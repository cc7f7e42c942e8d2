#include "libcore/footprint/meta_model.h"

#include <ATen/ATen.h>

#include <cstdio>

#include "libcore/base/error.h"
#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/diffusers_config.h"

namespace svg::footprint {

at::Tensor meta_tensor(at::IntArrayRef sizes, at::ScalarType dtype) {
  return at::empty(sizes, at::TensorOptions().dtype(dtype).device(at::kMeta));
}

int64_t bytes_of(int64_t numbers, at::ScalarType dtype) {
  return numbers * static_cast<int64_t>(at::elementSize(dtype));
}

MetaModel::MetaModel(const formats::ModelDirectory& files, at::ScalarType unet_dtype,
                     at::ScalarType text_dtype, nn::Checkpointing checkpointing, bool gpu)
    : parameters(Parameters::on_meta(unet_dtype)),
      text_parameters(Parameters::on_meta(text_dtype)) {
  unet =
      make_unet3d(parameters, unet3d_config_from(files.config("unet"), files.config_path("unet")));
  unet.checkpointing = checkpointing;
  if (!gpu) unet.offload = nn::Offload::nothing();
  clip = make_clip_text(text_parameters, clip_text_config(files.config("text_encoder"),
                                                          files.config_path("text_encoder")));
  schedule = make_noise_schedule(
      scheduler_config(files.config("scheduler"), files.config_path("scheduler")));
}

at::Tensor MetaModel::text(int64_t n) const {
  return meta_tensor({n, clip.config.max_position_embeddings, unet.config.cross_attention_dim},
                     unet.conv_in.weight.scalar_type());
}

std::vector<int64_t> frame_of(const formats::ModelDirectory& files, const std::string& size) {
  const auto config = unet3d_config_from(files.config("unet"), files.config_path("unet"));
  const auto vae = autoencoder_kl_config(files.config("vae"), files.config_path("vae"));
  const int64_t factor = reduction_of(vae);
  int64_t width = 0, height = 0;
  if (!size.empty()) {
    char end = 0;
    long long w = 0, h = 0;
    require(
        std::sscanf(size.c_str(), "%lldx%lld%c", &w, &h, &end) == 2 && w >= factor && h >= factor,
        ErrorKind::Usage, "--estimate-size \"", size,
        "\": expected WIDTHxHEIGHT in pixels, such as 256x256");
    width = w / factor;
    height = h / factor;
  } else if (const auto settings = files.defaults();
             settings.contains("width") && settings.contains("height")) {
    width = settings["width"].get<int64_t>() / factor;
    height = settings["height"].get<int64_t>() / factor;
  } else if (!config.sample_size.empty()) {
    height = config.sample_size.front();
    width = config.sample_size.back();
  }
  require(width > 0 && height > 0, ErrorKind::Usage, files.path(),
          " does not say how large its frames are: give --estimate-size WIDTHxHEIGHT");
  return {config.in_channels, height, width};
}

}  // namespace svg::footprint
