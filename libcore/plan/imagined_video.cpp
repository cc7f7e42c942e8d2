#include "libcore/plan/imagined_video.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "libcore/eval/features/network_measure.h"

namespace svg::plan {

ImaginedVideos::ImaginedVideos(const std::string& weights_dir)
    : networks_(eval::load_networks({eval::Metric::Fvd}, weights_dir, 0)) {}

std::vector<float> ImaginedVideos::features(const at::Tensor& frames) const {
  const at::NoGradGuard no_grad;
  std::vector<float> out;
  const auto length = std::min(frames.size(0), eval::kClipFrames);
  if (length < eval::kLeastI3dFrames) return out;
  for (int64_t first = 0; first + length <= frames.size(0); first += length) {
    const auto clip = eval::features(*networks_.i3d, frames.narrow(0, first, length)).contiguous();
    const auto* values = clip.const_data_ptr<float>();
    out.insert(out.end(), values, values + clip.numel());
  }
  return out;
}

std::string ImaginedVideos::profile() const {
  return networks_.sources.at(eval::Metric::Fvd).profile;
}

}  // namespace svg::plan
