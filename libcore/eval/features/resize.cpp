#include "libcore/eval/features/resize.h"

#include <ATen/ATen.h>

#include "libcore/tensor/draws.h"

namespace svg::eval {

at::Tensor resized(const at::Tensor& frames, int64_t height, int64_t width) {
  expect_shape(frames, {-1, -1, -1, 3}, "frames");
  const auto x = frames.permute({0, 3, 1, 2}).to(at::kFloat).contiguous();
  if (x.size(2) == height && x.size(3) == width) return x;
  return at::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false);
}

at::Tensor normalised(const at::Tensor& x, const float (&mean)[3], const float (&deviation)[3]) {
  const auto channel = [](const float(&v)[3]) {
    return at::tensor({v[0], v[1], v[2]}).view({1, 3, 1, 1});
  };
  return (x - channel(mean)) / channel(deviation);
}

at::Tensor image_net_input(const at::Tensor& frames, int64_t side) {
  constexpr float kMean[3] = {.485F, .456F, .406F}, kDeviation[3] = {.229F, .224F, .225F};
  return normalised(resized(frames, side, side).div_(255), kMean, kDeviation);
}

}  // namespace svg::eval
