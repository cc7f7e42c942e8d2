#include "libcore/eval/resnet18.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "libcore/base/error.h"
#include "libcore/tensor/draws.h"

namespace svg::eval {

namespace {

BatchNormConv random_conv(uint64_t seed, const std::string& name, int64_t in, int64_t out,
                          int64_t kernel, int64_t stride) {
  const double deviation = std::sqrt(2.0 / static_cast<double>(out * kernel * kernel));
  BatchNormConv c;
  c.weight = draw_normal({seed, "resnet18", 0, name, 0}, {out, in, kernel, kernel}).mul_(deviation);
  c.norm_weight = at::ones({out});
  c.norm_bias = at::zeros({out});
  c.running_mean = at::zeros({out});
  c.running_var = at::ones({out});
  c.stride = stride;
  c.padding = kernel / 2;
  return c;
}

BatchNormConv named_conv(NetworkWeights& weights, const std::string& name, const std::string& norm,
                         int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  BatchNormConv c;
  c.weight = weights.kernel(name + ".weight", {out, in, kernel, kernel});
  c.norm_weight = weights.values(norm + ".weight", {out}, 1);
  c.norm_bias = weights.values(norm + ".bias", {out}, 0);
  c.running_mean = weights.values(norm + ".running_mean", {out}, 0);
  c.running_var = weights.values(norm + ".running_var", {out}, 1);
  c.stride = stride;
  c.padding = kernel / 2;
  return c;
}

// The network of convolutions that conv(name, norm, in, out, kernel, stride) makes; names are
// torchvision's.
template <class MakeConv>
ResNet18 assemble(const MakeConv& conv) {
  ResNet18 net;
  net.stem = conv("conv1", "bn1", 3, 64, 7, 2);
  int64_t in = 64;
  for (int64_t layer = 1; layer <= 4; ++layer) {
    const int64_t out = 64 << (layer - 1);
    for (int64_t b = 0; b < 2; ++b) {
      const auto name = cat("layer", layer, ".", b);
      const int64_t stride = b == 0 && layer > 1 ? 2 : 1;
      ResNet18::Block block;
      block.first = conv(name + ".conv1", name + ".bn1", in, out, 3, stride);
      block.second = conv(name + ".conv2", name + ".bn2", out, out, 3, 1);
      if (stride != 1 || in != out)
        block.shortcut.push_back(
            conv(name + ".downsample.0", name + ".downsample.1", in, out, 1, stride));
      net.blocks.push_back(std::move(block));
      in = out;
    }
  }
  return net;
}

at::Tensor apply(const BatchNormConv& c, const at::Tensor& x) {
  const auto y = at::conv2d(x, c.weight, {}, c.stride, c.padding);
  return at::batch_norm(y, c.norm_weight, c.norm_bias, c.running_mean, c.running_var,
                        /*training=*/false, 0, 1e-5, false);
}

}  // namespace

ResNet18 random_resnet18(uint64_t seed) {
  return assemble([&](std::string name, const std::string&, int64_t in, int64_t out, int64_t kernel,
                      int64_t stride) {
    if (name.ends_with(".downsample.0")) name.resize(name.size() - 2);  // as it was first drawn
    return random_conv(seed, name, in, out, kernel, stride);
  });
}

ResNet18 make_resnet18(NetworkWeights& weights) {
  const auto net = assemble(
      [&](const std::string& name, const std::string& norm, int64_t in, int64_t out, int64_t kernel,
          int64_t stride) { return named_conv(weights, name, norm, in, out, kernel, stride); });
  weights.ignore_prefix("fc.");
  weights.ignore_suffix(".num_batches_tracked");
  weights.finish();
  return net;
}

at::Tensor features(const ResNet18& net, const at::Tensor& frames) {
  at::NoGradGuard no_grad;
  constexpr int64_t kBatch = 32;
  const auto mean = at::tensor({0.485F, 0.456F, 0.406F}).view({1, 3, 1, 1});
  const auto deviation = at::tensor({0.229F, 0.224F, 0.225F}).view({1, 3, 1, 1});
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < frames.size(0); first += kBatch) {
    at::Tensor x = frames.narrow(0, first, std::min(kBatch, frames.size(0) - first))
                       .permute({0, 3, 1, 2})
                       .to(at::kFloat)
                       .div(255);
    x = at::upsample_bilinear2d(x.contiguous(), {224, 224}, /*align_corners=*/false);
    x = apply(net.stem, (x - mean) / deviation).relu_();
    x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
    for (const auto& block : net.blocks) {
      const auto shortcut = block.shortcut.empty() ? x : apply(block.shortcut.front(), x);
      x = apply(block.second, apply(block.first, x).relu_()).add_(shortcut).relu_();
    }
    parts.push_back(x.mean({2, 3}));
  }
  return at::cat(parts, 0);
}

}  // namespace svg::eval
