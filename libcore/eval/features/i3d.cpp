#include "libcore/eval/features/i3d.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/base/error.h"
#include "libcore/eval/features/resize.h"

namespace svg::eval {
namespace {

constexpr double kEps = 1e-5;
constexpr int64_t kSide = 224, kClasses = 400;

struct Widths {
  const char* name;
  int64_t b0, b1a, b1b, b2a, b2b, b3b;
};
constexpr Widths kMixed[] = {
    {"Mixed_3b", 64, 96, 128, 16, 32, 32},     {"Mixed_3c", 128, 128, 192, 32, 96, 64},
    {"Mixed_4b", 192, 96, 208, 16, 48, 64},    {"Mixed_4c", 160, 112, 224, 24, 64, 64},
    {"Mixed_4d", 128, 128, 256, 24, 64, 64},   {"Mixed_4e", 112, 144, 288, 32, 64, 64},
    {"Mixed_4f", 256, 160, 320, 32, 128, 128}, {"Mixed_5b", 256, 160, 320, 32, 128, 128},
    {"Mixed_5c", 384, 192, 384, 48, 128, 128}};
// What stands behind these of kMixed, by index.
constexpr size_t kBeforePool4 = 1, kBeforePool5 = 6;

FoldedConv unit(NetworkWeights& weights, const std::string& name, int64_t in, int64_t out,
                int64_t kernel) {
  return make_folded_conv(weights, name + ".conv3d", name + ".bn",
                          {out, in, kernel, kernel, kernel}, kEps);
}

at::Tensor run(const FoldedConv& c, const at::Tensor& x) {
  return forward(c, x).relu_();
}

// What is pooled is not negative, so zeros around it change nothing.
at::Tensor pool(const at::Tensor& x, at::IntArrayRef kernel, at::IntArrayRef stride) {
  return at::max_pool3d(padded_to_same(x, kernel, stride), kernel, stride);
}

at::Tensor run(const I3d::Mixed& m, const at::Tensor& x) {
  return at::cat({run(m.b0, x), run(m.b1b, run(m.b1a, x)), run(m.b2b, run(m.b2a, x)),
                  run(m.b3b, pool(x, {3, 3, 3}, {1, 1, 1}))},
                 1);
}

}  // namespace

I3d make_i3d(NetworkWeights& weights) {
  I3d net;
  net.conv1 = unit(weights, "Conv3d_1a_7x7", 3, 64, 7);
  net.conv1.stride = 2;
  net.conv2b = unit(weights, "Conv3d_2b_1x1", 64, 64, 1);
  net.conv2c = unit(weights, "Conv3d_2c_3x3", 64, 192, 3);
  int64_t in = 192;
  for (const auto& w : kMixed) {
    const std::string name = w.name;
    net.mixed.push_back({.b0 = unit(weights, name + ".b0", in, w.b0, 1),
                         .b1a = unit(weights, name + ".b1a", in, w.b1a, 1),
                         .b1b = unit(weights, name + ".b1b", w.b1a, w.b1b, 3),
                         .b2a = unit(weights, name + ".b2a", in, w.b2a, 1),
                         .b2b = unit(weights, name + ".b2b", w.b2a, w.b2b, 3),
                         .b3b = unit(weights, name + ".b3b", in, w.b3b, 1)});
    in = w.b0 + w.b1b + w.b2b + w.b3b;
  }
  net.logits_weight = weights.kernel("logits.conv3d.weight", {kClasses, in, 1, 1, 1});
  net.logits_bias = weights.values("logits.conv3d.bias", {kClasses}, 0);
  weights.ignore_suffix(".num_batches_tracked");
  weights.finish();
  return net;
}

at::Tensor features(const I3d& net, const at::Tensor& clip) {
  at::NoGradGuard no_grad;
  require(clip.size(0) >= kLeastI3dFrames, ErrorKind::Data, "a clip of ", clip.size(0),
          " frames is too short for I3D, which needs ", kLeastI3dFrames);
  auto x = resized(clip, kSide, kSide).mul_(2.0 / 255).sub_(1);
  x = run(net.conv1, x.transpose(0, 1).unsqueeze(0).contiguous());
  x = run(net.conv2b, pool(x, {1, 3, 3}, {1, 2, 2}));
  x = pool(run(net.conv2c, x), {1, 3, 3}, {1, 2, 2});
  for (size_t k = 0; k < net.mixed.size(); ++k) {
    x = run(net.mixed[k], x);
    if (k == kBeforePool4) x = pool(x, {3, 3, 3}, {2, 2, 2});
    if (k == kBeforePool5) x = pool(x, {2, 2, 2}, {2, 2, 2});
  }
  x = at::avg_pool3d(x, {2, 7, 7}, {1, 1, 1});
  return at::conv3d(x, net.logits_weight, net.logits_bias).mean({0, 2, 3, 4});
}

}  // namespace svg::eval
