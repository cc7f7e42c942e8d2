#include "libcore/eval/features/efficientnet_lite0.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/eval/features/resize.h"

namespace svg::eval {
namespace {

constexpr double kEps = 1e-3;
constexpr int64_t kSide = 224, kBatch = 16;

struct Stage {
  int64_t repeats, kernel, stride, expand, out;
};
// efficientnet_lite_builder.py: r1_k3_s11_e1_i32_o16, r2_k3_s22_e6_i16_o24, ...
constexpr Stage kStages[] = {{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40},
                             {3, 3, 2, 6, 80}, {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192},
                             {1, 3, 1, 6, 320}};
constexpr int64_t kStem = 32, kHead = 1280;

EfficientNetLite0::Block make_block(NetworkWeights& weights, const std::string& name, int64_t in,
                                    const Stage& stage, int64_t stride) {
  EfficientNetLite0::Block block;
  const int64_t wide = in * stage.expand;
  if (stage.expand != 1)
    block.expand =
        make_folded_conv(weights, name + "._expand_conv", name + "._bn0", {wide, in, 1, 1}, kEps);
  block.depthwise = make_folded_conv(weights, name + "._depthwise_conv", name + "._bn1",
                                     {wide, 1, stage.kernel, stage.kernel}, kEps);
  block.depthwise.stride = stride;
  block.depthwise.groups = wide;
  block.project = make_folded_conv(weights, name + "._project_conv", name + "._bn2",
                                   {stage.out, wide, 1, 1}, kEps);
  block.skip = stride == 1 && in == stage.out;
  return block;
}

at::Tensor forward(const EfficientNetLite0::Block& block, const at::Tensor& x) {
  auto y = block.expand ? at::relu6(forward(*block.expand, x)) : x;
  y = forward(block.project, at::relu6(forward(block.depthwise, y)));
  return block.skip ? y.add_(x) : y;
}

}  // namespace

EfficientNetLite0 make_efficientnet_lite0(NetworkWeights& weights) {
  EfficientNetLite0 net;
  net.stem = make_folded_conv(weights, "_conv_stem", "_bn0", {kStem, 3, 3, 3}, kEps);
  net.stem.stride = 2;
  int64_t in = kStem;
  for (const auto& stage : kStages)
    for (int64_t k = 0; k < stage.repeats; ++k) {
      const auto name = cat("_blocks.", net.blocks.size());
      net.blocks.push_back(make_block(weights, name, in, stage, k == 0 ? stage.stride : 1));
      in = stage.out;
    }
  net.head = make_folded_conv(weights, "_conv_head", "_bn1", {kHead, in, 1, 1}, kEps);
  weights.ignore_prefix("_fc.");
  weights.ignore_suffix(".num_batches_tracked");
  weights.finish();
  return net;
}

at::Tensor features(const EfficientNetLite0& net, const at::Tensor& frames) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < frames.size(0); first += kBatch) {
    const int64_t count = std::min(kBatch, frames.size(0) - first);
    auto x = image_net_input(frames.narrow(0, first, count), kSide);
    x = at::relu6(forward(net.stem, x));
    for (const auto& block : net.blocks) x = forward(block, x);
    parts.push_back(at::relu6(forward(net.head, x)).mean({2, 3}));
  }
  return parts.empty() ? at::zeros({0, kHead}) : at::cat(parts, 0);
}

}  // namespace svg::eval
