#include "libcore/eval/features/lpips.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "libcore/base/error.h"
#include "libcore/eval/features/resize.h"
#include "libcore/tensor/draws.h"

namespace svg::eval {
namespace {

constexpr int64_t kLeastSide = 128;
constexpr int64_t kBatch = 8;  // pairs at once: memory does not grow with the frames
// lpips 0.1.4, ScalingLayer: of pixels in [-1, 1].
constexpr float kShift[3] = {-.030F, -.088F, -.188F}, kScale[3] = {.458F, .448F, .450F};

at::Tensor network_input(const at::Tensor& frames) {
  const int64_t side = std::min(frames.size(1), frames.size(2));
  const double factor =
      side < kLeastSide ? static_cast<double>(kLeastSide) / static_cast<double>(side) : 1;
  const auto scaled = [&](int64_t size) {
    return static_cast<int64_t>(std::llround(static_cast<double>(size) * factor));
  };
  const auto x = resized(frames, scaled(frames.size(1)), scaled(frames.size(2)));
  return normalised(x / 127.5 - 1, kShift, kScale);
}

at::Tensor unit_length(const at::Tensor& x) {
  return x / (x.square().sum(1, true).sqrt() + 1e-10);
}

at::Tensor batch_lpips(const LpipsAlex& net, const at::Tensor& a, const at::Tensor& b) {
  const int64_t count = a.size(0);
  auto x = at::cat({network_input(a), network_input(b)}, 0);
  auto sum = at::zeros({count}, at::kDouble);
  for (const auto& layer : net.layers) {
    if (layer.pooled) x = at::max_pool2d(x, {3, 3}, {2, 2});
    x = at::conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding).relu_();
    const auto f = unit_length(x);
    const auto apart = (f.narrow(0, 0, count) - f.narrow(0, count, count)).square_();
    sum += at::conv2d(apart, layer.head).mean({1, 2, 3}).to(at::kDouble);
  }
  return sum;
}

}  // namespace

LpipsAlex make_lpips_alex(NetworkWeights& trunk, NetworkWeights& heads) {
  struct Shape {
    int64_t index, in, out, kernel, stride, padding;
    bool pooled;
  };
  constexpr Shape kShapes[] = {{0, 3, 64, 11, 4, 2, false},
                               {3, 64, 192, 5, 1, 2, true},
                               {6, 192, 384, 3, 1, 1, true},
                               {8, 384, 256, 3, 1, 1, false},
                               {10, 256, 256, 3, 1, 1, false}};
  LpipsAlex net;
  for (size_t k = 0; k < net.layers.size(); ++k) {
    const auto& s = kShapes[k];
    const auto name = cat("features.", s.index);
    auto& layer = net.layers[k];
    layer.weight = trunk.kernel(name + ".weight", {s.out, s.in, s.kernel, s.kernel});
    layer.bias = trunk.values(name + ".bias", {s.out}, 0);
    layer.stride = s.stride;
    layer.padding = s.padding;
    layer.pooled = s.pooled;
    layer.head = heads.values(cat("lin", k, ".model.1.weight"), {1, s.out, 1, 1},
                              1 / static_cast<double>(s.out));
  }
  trunk.ignore_prefix("classifier.");
  trunk.finish();
  heads.finish();
  return net;
}

at::Tensor lpips(const LpipsAlex& net, const at::Tensor& a, const at::Tensor& b) {
  at::NoGradGuard no_grad;
  expect_shape(b, a.sizes(), "frames for LPIPS");
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < a.size(0); first += kBatch) {
    const int64_t count = std::min(kBatch, a.size(0) - first);
    parts.push_back(batch_lpips(net, a.narrow(0, first, count), b.narrow(0, first, count)));
  }
  return parts.empty() ? at::zeros({0}, at::kDouble) : at::cat(parts, 0);
}

}  // namespace svg::eval
