#include "libcore/eval/features/folded_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace svg::eval {

FoldedConv make_folded_conv(NetworkWeights& weights, const std::string& name,
                            const std::string& norm, at::IntArrayRef shape, double eps) {
  const auto kernel = weights.kernel(name + ".weight", shape);
  const int64_t out = shape[0];
  const auto gain = weights.values(norm + ".weight", {out}, 1);
  const auto shift = weights.values(norm + ".bias", {out}, 0);
  const auto mean = weights.values(norm + ".running_mean", {out}, 0);
  const auto variance = weights.values(norm + ".running_var", {out}, 1);
  const auto scale = gain / (variance + eps).sqrt();
  std::vector<int64_t> across(shape.size(), 1);
  across[0] = out;
  FoldedConv c;
  c.weight = kernel * scale.view(across);
  c.bias = shift - mean * scale;
  return c;
}

at::Tensor padded_to_same(const at::Tensor& x, at::IntArrayRef kernel, at::IntArrayRef stride) {
  std::vector<int64_t> padding;  // from the last axis backwards: before it, behind it
  const auto axes = static_cast<int64_t>(kernel.size());
  for (int64_t i = axes - 1; i >= 0; --i) {
    const auto k = static_cast<size_t>(i);
    const int64_t rest = x.size(x.dim() - axes + i) % stride[k];
    const int64_t pad = std::max(kernel[k] - (rest == 0 ? stride[k] : rest), int64_t{0});
    padding.push_back(pad / 2);
    padding.push_back(pad - pad / 2);
  }
  if (std::all_of(padding.begin(), padding.end(), [](int64_t p) { return p == 0; })) return x;
  return at::constant_pad_nd(x, padding);
}

at::Tensor forward(const FoldedConv& c, const at::Tensor& x) {
  const auto kernel = c.weight.sizes().slice(2);
  const std::vector<int64_t> stride(kernel.size(), c.stride), none(kernel.size(), 0),
      one(kernel.size(), 1);
  const auto y = padded_to_same(x, kernel, stride);
  return kernel.size() == 2 ? at::conv2d(y, c.weight, c.bias, stride, none, one, c.groups)
                            : at::conv3d(y, c.weight, c.bias, stride, none, one, c.groups);
}

}  // namespace svg::eval
