// Convolutions whose batch norm is part of their weights, with the padding that TensorFlow calls
// SAME: what EfficientNet-Lite and I3D are made of.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "libcore/eval/features/network_weights.h"

namespace svg::eval {

struct FoldedConv {
  at::Tensor weight, bias;  // [out, in / groups, k...], [out]
  int64_t stride = 1, groups = 1;
};

// The kernel `name`.weight of this shape, and the norm beside it: `norm`.weight, .bias,
// .running_mean, .running_var. Numbers as with the norm apart, but for rounding.
FoldedConv make_folded_conv(NetworkWeights&, const std::string& name, const std::string& norm,
                            at::IntArrayRef shape, double eps);

// Zeros around the last axes of x, one for each of `kernel`, so that a window moves over it
// ceil(size / stride) times; where their number is odd, the greater part is behind.
at::Tensor padded_to_same(const at::Tensor& x, at::IntArrayRef kernel, at::IntArrayRef stride);

// x [N, in, H, W] or [N, in, F, H, W]
at::Tensor forward(const FoldedConv&, const at::Tensor& x);

}  // namespace svg::eval
