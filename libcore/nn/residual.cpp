#include "libcore/nn/residual.h"

#include <ATen/ATen.h>

#include "libcore/nn/norm_silu.h"

namespace svg::nn {
namespace {

constexpr double kTemporalNormEps =
    1e-5;  // diffusers: PyTorch's default, whatever the config's norm_eps

at::Tensor norm_activate(const ResnetBlock& block, const GroupNorm& norm, const at::Tensor& x) {
  return block.act == Activation::Silu ? norm_silu(norm, x) : activate(block.act, forward(norm, x));
}

}  // namespace

ResnetBlock make_resnet_block(Parameters& parameters, const std::string& name, int64_t in,
                              int64_t out, int64_t time_width, int64_t groups, double eps,
                              Activation act, double output_scale_factor) {
  ResnetBlock block;
  block.norm1 = make_group_norm(parameters, name + ".norm1", in, groups, eps);
  block.conv1 = make_conv2d(parameters, name + ".conv1", in, out);
  if (time_width > 0)
    block.time_emb_proj = make_linear(parameters, name + ".time_emb_proj", time_width, out);
  block.norm2 = make_group_norm(parameters, name + ".norm2", out, groups, eps);
  block.conv2 = make_conv2d(parameters, name + ".conv2", out, out);
  if (in != out)
    block.conv_shortcut = make_conv2d(parameters, name + ".conv_shortcut", in, out, 1, 1, 0);
  block.act = act;
  block.output_scale_factor = output_scale_factor;
  return block;
}

at::Tensor forward(const ResnetBlock& block, const at::Tensor& x, const at::Tensor& time) {
  at::Tensor h = forward(block.conv1, norm_activate(block, block.norm1, x));
  if (block.time_emb_proj) {
    const at::Tensor shift =
        forward(*block.time_emb_proj, time);  // [B, out], the same for all frames of a video
    h = h + shift.repeat_interleave(time.size(0) == 1 ? 1 : h.size(0) / time.size(0), 0)
                .unsqueeze(-1)
                .unsqueeze(-1);
  }
  h = forward(block.conv2, norm_activate(block, block.norm2, h));
  h = block.conv_shortcut ? forward(*block.conv_shortcut, x) + h : x + h;
  return block.output_scale_factor == 1 ? h : h / block.output_scale_factor;
}

TemporalConv make_temporal_conv(Parameters& parameters, const std::string& name, int64_t channels,
                                int64_t groups) {
  TemporalConv layer;
  for (int i = 0; i < 4; ++i) {
    const std::string stage_name = name + ".conv" + std::to_string(i + 1);
    const std::string conv_name = stage_name + (i == 0 ? ".2" : ".3");
    const Init init = i == 3 ? Init::Zeros : Init::FanIn;
    auto& stage = layer.stages[i];
    stage.norm = make_group_norm(parameters, stage_name + ".0", channels, groups, kTemporalNormEps);
    stage.weight =
        parameters.take(conv_name + ".weight", {channels, channels, 3, 1, 1}, init, 3 * channels);
    stage.bias = parameters.take(conv_name + ".bias", {channels}, init, 3 * channels);
  }
  return layer;
}

at::Tensor forward(const TemporalConv& layer, const at::Tensor& x, int64_t frames) {
  const int64_t channels = x.size(1), pixels = x.size(2) * x.size(3);
  const at::Tensor video = x.reshape({-1, frames, channels, pixels});
  // As an image of F rows and H*W columns: a 2D convolution with kernel (3, 1) is the temporal one,
  // and much faster.
  at::Tensor h = video.transpose(1, 2);  // [B, C, F, H*W]
  for (const auto& stage : layer.stages) {
    h = norm_silu(stage.norm, h);
    h = at::conv2d(h, stage.weight.squeeze(-1), stage.bias, 1, {1, 0});
  }
  return (video + h.transpose(1, 2)).reshape(x.sizes());
}

Downsample make_downsample(Parameters& parameters, const std::string& name, int64_t channels,
                           int64_t padding) {
  return {make_conv2d(parameters, name + ".conv", channels, channels, 3, 2, padding)};
}

at::Tensor forward(const Downsample& layer, const at::Tensor& x) {
  return forward(layer.conv, layer.conv.padding == 0 ? at::constant_pad_nd(x, {0, 1, 0, 1}) : x);
}

Upsample make_upsample(Parameters& parameters, const std::string& name, int64_t channels) {
  return {make_conv2d(parameters, name + ".conv", channels, channels)};
}

at::Tensor forward(const Upsample& layer, const at::Tensor& x, at::IntArrayRef size) {
  const at::Tensor larger =
      size.empty() ? at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}, 2.0, 2.0)
                   : at::upsample_nearest2d(x, size);
  return forward(layer.conv, larger);
}

}  // namespace svg::nn
