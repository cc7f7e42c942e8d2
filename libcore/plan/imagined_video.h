// What FVD needs of one imagined video (metrics.md 2.3): I3D features of its clips.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "libcore/eval/features/networks.h"

namespace svg::plan {

inline constexpr int64_t kVideoFeatures = 400;  // of a clip

class ImaginedVideos {
 public:
  // `weights_dir` holds i3d.safetensors. Throws as eval::load_networks().
  explicit ImaginedVideos(const std::string& weights_dir);
  // frames u8 [F, H, W, 3] -> [clips * kVideoFeatures]. Clips of eval::kClipFrames follow each
  // other; a shorter video is one clip, if I3D can take it, else nothing comes back.
  std::vector<float> features(const at::Tensor& frames) const;
  // What FVD is called with these weights: "fvd_v1", "fvd_custom".
  std::string profile() const;

 private:
  eval::Networks networks_;
};

}  // namespace svg::plan
