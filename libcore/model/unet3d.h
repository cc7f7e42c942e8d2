// The denoising network of the ModelScopeT2V family, number for number diffusers'
// UNet3DConditionModel in eval mode, with the names of its parameters. Plain structs of tensors;
// gradients flow to every parameter that requires them.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "libcore/model/unet3d_config.h"
#include "libcore/nn/checkpoint.h"
#include "libcore/nn/residual.h"
#include "libcore/nn/transformer.h"

namespace svg {

// One step of a level: convolutions in space and in time, then, where the level has them, attention
// in space and in time.
struct UNet3DLayer {
  nn::ResnetBlock resnet;
  nn::TemporalConv temp_conv;
  std::optional<nn::SpatialTransformer> attention;
  std::optional<nn::TemporalTransformer> temp_attention;
};
// x [B*F, C, h, w] and, on the way up, what is joined to it, skip [B*F, Cs, h, w] (else undefined);
// time [B, Dt] (activated embedding); text [B, L, D] -> [B*F, C', h, w]. Gradients are the same
// bits whatever is kept.
at::Tensor forward(const UNet3DLayer&, const at::Tensor& x, const at::Tensor& skip,
                   const at::Tensor& time, const at::Tensor& text, int64_t frames,
                   nn::Checkpointing, const nn::Offload&);

struct UNet3DDownBlock {
  std::vector<UNet3DLayer> layers;
  std::optional<nn::Downsample> downsampler;
};

// A layer without attention before and after one attention pair.
struct UNet3DMidBlock {
  UNet3DLayer first;  // resnets.0, temp_convs.0, attentions.0, temp_attentions.0
  UNet3DLayer last;   // resnets.1, temp_convs.1
};

struct UNet3DUpBlock {
  std::vector<UNet3DLayer> layers;  // each joins one result of the way down to its input
  std::optional<nn::Upsample> upsampler;
};

struct UNet3D {
  UNet3DConfig config;
  nn::Checkpointing checkpointing =
      nn::Checkpointing::None;  // what a forward pass keeps for backward
  nn::Offload offload;          // with Checkpointing::Offload: what of it leaves the device
  nn::Conv2d conv_in;
  nn::Linear time_linear_1, time_linear_2;  // time_embedding.linear_*
  nn::TemporalTransformer transformer_in;
  std::vector<UNet3DDownBlock> down_blocks;
  UNet3DMidBlock mid_block;
  std::vector<UNet3DUpBlock> up_blocks;
  nn::GroupNorm conv_norm_out;
  nn::Conv2d conv_out;
};

UNet3D make_unet3d(Parameters&, const UNet3DConfig&);

//   sample    [B, F, in_channels, h, w], any F, h, w >= 1; dtype of the weights
//   timestep  [B] or [1], int64 or f32
//   text      [B, L, cross_attention_dim]
// -> [B, F, out_channels, h, w]. Throws Error{Config} if a shape does not fit.
at::Tensor forward(const UNet3D&, const at::Tensor& sample, const at::Tensor& timestep,
                   const at::Tensor& text);

// Source: diffusers 0.42, models/unets/unet_3d_condition.py and unet_3d_blocks.py; VideoFusion
// (arXiv 2303.08320) for the model.

}  // namespace svg
