#include "libcore/plan/pictures.h"

#include <ATen/ATen.h>

#include <optional>

#include "libcore/tensor/pixels.h"

namespace svg::plan {

at::Tensor frames_tensor(const std::vector<uint8_t>& rgb, int64_t height, int64_t width) {
  return pictures_from_rgb(rgb, height, width);
}

at::Tensor decoded(const LatentCodec& codec, const at::Tensor& latents) {
  std::vector<uint8_t> bytes;
  const auto images = decode_images(codec, latents);
  for (const video::Image& image : images)
    bytes.insert(bytes.end(), image.rgb.begin(), image.rgb.end());
  return pictures_from_rgb(bytes, images[0].height, images[0].width);
}

at::Tensor encoded(const LatentCodec& codec, const at::Tensor& frames) {
  return encode_images(codec, images_of(frames), std::nullopt);
}

at::Tensor last_frames(const at::Tensor& frames, int64_t n) {
  const auto rows = at::arange(frames.size(0) - n, frames.size(0), at::kLong).clamp_min(0);
  return frames.index_select(0, rows);
}

double squared_distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).square().mean().item<double>();
}

}  // namespace svg::plan
