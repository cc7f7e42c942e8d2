// The convolutional pieces of diffusers' UNets and autoencoders: ResnetBlock2D, TemporalConvLayer,
// Downsample2D, Upsample2D.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "libcore/nn/activation.h"
#include "libcore/nn/layers.h"

namespace svg::nn {

// (x + conv2(act(norm2(conv1(act(norm1(x))) + time)))) / scale, with a 1x1 convolution on x where
// the width changes.
struct ResnetBlock {
  GroupNorm norm1, norm2;
  Conv2d conv1, conv2;
  std::optional<Linear> time_emb_proj;
  std::optional<Conv2d> conv_shortcut;
  Activation act = Activation::Silu;
  double output_scale_factor = 1;
};
// `time_width` 0: without a time embedding (autoencoders).
ResnetBlock make_resnet_block(Parameters&, const std::string& name, int64_t in, int64_t out,
                              int64_t time_width, int64_t groups, double eps, Activation act,
                              double output_scale_factor = 1);
// x [B*F, in, H, W]; time [B, time_width], the embedding after its activation, undefined where
// there is none
// -> [B*F, out, H, W].
at::Tensor forward(const ResnetBlock&, const at::Tensor& x, const at::Tensor& time);

// Four times norm, SiLU, convolution over 3 neighbouring frames; added to the input. A fresh one is
// the identity. diffusers drops a tenth of the activations here while training; ours never does:
// training and sampling compute the same.
struct TemporalConv {
  struct Stage {
    GroupNorm norm;
    at::Tensor weight;  // [C, C, 3, 1, 1]
    at::Tensor bias;    // [C]
  };
  Stage stages[4];  // "conv1.0", "conv1.2"; from the second on "convN.0", "convN.3"
};
TemporalConv make_temporal_conv(Parameters&, const std::string& name, int64_t channels,
                                int64_t groups);
at::Tensor forward(const TemporalConv&, const at::Tensor& x,
                   int64_t frames);  // [B*F, C, H, W], same

// Convolution of stride 2. Padding 0 means diffusers' form: one row and column of zeros at the far
// sides.
struct Downsample {
  Conv2d conv;
};
Downsample make_downsample(Parameters&, const std::string& name, int64_t channels, int64_t padding);
at::Tensor forward(const Downsample&, const at::Tensor& x);  // [N, C, H, W] -> [N, C, ~H/2, ~W/2]

// Nearest neighbour, then a 3x3 convolution.
struct Upsample {
  Conv2d conv;
};
Upsample make_upsample(Parameters&, const std::string& name, int64_t channels);
// To twice the size, or to `size` = {height, width} where that is not empty.
at::Tensor forward(const Upsample&, const at::Tensor& x, at::IntArrayRef size = {});

}  // namespace svg::nn
