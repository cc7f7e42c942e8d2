#include "libcore/model/unet3d.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "libcore/nn/norm_silu.h"

namespace svg {
namespace {

constexpr int64_t kTransformerInHeads = 8;  // diffusers: fixed

// Takes the layers of a block in diffusers' naming: <name>.resnets.<i>, temp_convs.<i>,
// attentions.<i>, temp_attentions.<i>.
struct LayerMaker {
  Parameters& parameters;
  const UNet3DConfig& config;

  int64_t time_width() const { return 4 * config.block_out_channels[0]; }

  UNet3DLayer make(const std::string& name, size_t index, int64_t in, int64_t out, bool attends,
                   double scale = 1) const {
    const std::string suffix = "." + std::to_string(index);
    const auto act = nn::activation_from(config.act_fn, "act_fn");
    UNet3DLayer layer;
    layer.resnet =
        nn::make_resnet_block(parameters, name + ".resnets" + suffix, in, out, time_width(),
                              config.norm_num_groups, config.norm_eps, act, scale);
    layer.temp_conv = nn::make_temporal_conv(parameters, name + ".temp_convs" + suffix, out,
                                             config.norm_num_groups);
    if (attends) {
      const int64_t head_width = config.attention_head_dim, heads = out / head_width;
      layer.attention = nn::make_spatial_transformer(parameters, name + ".attentions" + suffix, out,
                                                     config.cross_attention_dim, heads, head_width,
                                                     config.norm_num_groups);
      layer.temp_attention =
          nn::make_temporal_transformer(parameters, name + ".temp_attentions" + suffix, out, heads,
                                        head_width, config.norm_num_groups);
    }
    return layer;
  }
};

// [B] -> [B, width] f32: cosines, then sines, of geometrically spaced frequencies from 1 down
// towards 1/10000.
at::Tensor sinusoids(const at::Tensor& timestep, int64_t width) {
  const int64_t half = width / 2;
  const auto options = timestep.options().dtype(at::kFloat);
  const at::Tensor frequency =
      at::exp(at::arange(half, options) * -std::log(10000.0) / static_cast<double>(half));
  const at::Tensor angle = timestep.to(at::kFloat).unsqueeze(1) * frequency;
  const at::Tensor waves = at::cat({at::cos(angle), at::sin(angle)}, 1);
  return width % 2 == 0 ? waves : at::constant_pad_nd(waves, {0, 1});
}

void check_shapes(const UNet3D& unet, const at::Tensor& sample, const at::Tensor& timestep,
                  const at::Tensor& text) {
  const auto& c = unet.config;
  require(sample.dim() == 5 && sample.size(2) == c.in_channels, ErrorKind::Config,
          "UNet input of shape ", sample.sizes(), ": expected [B, F, ", c.in_channels, ", h, w]");
  require(timestep.dim() == 1 && (timestep.size(0) == sample.size(0) || timestep.size(0) == 1),
          ErrorKind::Config, "UNet timesteps of shape ", timestep.sizes(), ": expected [",
          sample.size(0), "]");
  require(
      text.dim() == 3 && text.size(0) == sample.size(0) && text.size(2) == c.cross_attention_dim,
      ErrorKind::Config, "UNet text of shape ", text.sizes(), ": expected [", sample.size(0),
      ", L, ", c.cross_attention_dim, "]");
}

}  // namespace

at::Tensor forward(const UNet3DLayer& layer, const at::Tensor& x, const at::Tensor& skip,
                   const at::Tensor& time, const at::Tensor& text, int64_t frames,
                   nn::Checkpointing mode, const nn::Offload& offload) {
  const auto* away = mode == nn::Checkpointing::Offload ? &offload : nullptr;
  const auto kept = [away](bool all, const nn::Part& part, std::vector<at::Tensor> inputs) {
    return all ? part(inputs) : nn::checkpoint(part, inputs, away);
  };
  const bool whole = mode == nn::Checkpointing::None || mode == nn::Checkpointing::Blocks;
  // The parts refer to the layer alone: they are called again in backward, when this function has
  // returned.
  const auto* l = &layer;
  const auto layers = [l, frames, whole, kept](const std::vector<at::Tensor>& in) {
    at::Tensor h = kept(
        whole,
        [l](const std::vector<at::Tensor>& v) {
          return nn::forward(l->resnet, v[1].defined() ? at::cat({v[0], v[1]}, 1) : v[0], v[2]);
        },
        {in[0], in[1], in[2]});
    h = kept(whole,
             [l, frames](const std::vector<at::Tensor>& v) {
               return nn::forward(l->temp_conv, v[0], frames);
             },
             {h});
    if (l->attention)
      h = kept(
          whole,
          [l](const std::vector<at::Tensor>& v) { return nn::forward(*l->attention, v[0], v[1]); },
          {h, in[3]});
    if (l->temp_attention) {
      h = kept(whole,
               [l, frames](const std::vector<at::Tensor>& v) {
                 return nn::forward(*l->temp_attention, v[0], frames);
               },
               {h});
    }
    return h;
  };
  // What goes back from the layer's uses of x is summed up before it meets what came through the
  // skip: as a checkpoint does it, so that the order of additions, and with it every bit of a
  // gradient, is the same in all modes.
  return kept(mode != nn::Checkpointing::Blocks, layers, {at::alias(x), skip, time, text});
}

UNet3D make_unet3d(Parameters& parameters, const UNet3DConfig& config) {
  const auto& widths = config.block_out_channels;
  const size_t levels = widths.size();
  const auto count = static_cast<size_t>(config.layers_per_block);
  const LayerMaker layers{parameters, config};

  UNet3D unet;
  unet.config = config;
  unet.conv_in = nn::make_conv2d(parameters, "conv_in", config.in_channels, widths[0]);
  unet.time_linear_1 =
      nn::make_linear(parameters, "time_embedding.linear_1", widths[0], layers.time_width());
  unet.time_linear_2 = nn::make_linear(parameters, "time_embedding.linear_2", layers.time_width(),
                                       layers.time_width());
  unet.transformer_in =
      nn::make_temporal_transformer(parameters, "transformer_in", widths[0], kTransformerInHeads,
                                    config.attention_head_dim, config.norm_num_groups);

  for (size_t level = 0; level < levels; ++level) {
    const std::string name = "down_blocks." + std::to_string(level);
    const int64_t out = widths[level];
    const bool attends = config.down_block_types[level] == "CrossAttnDownBlock3D";
    UNet3DDownBlock block;
    for (size_t i = 0; i < count; ++i) {
      const int64_t in = i > 0 || level == 0 ? out : widths[level - 1];
      block.layers.push_back(layers.make(name, i, in, out, attends));
    }
    if (level + 1 < levels) {
      block.downsampler =
          nn::make_downsample(parameters, name + ".downsamplers.0", out, config.downsample_padding);
    }
    unet.down_blocks.push_back(std::move(block));
  }

  const int64_t deepest = widths.back();
  unet.mid_block.first =
      layers.make("mid_block", 0, deepest, deepest, true, config.mid_block_scale_factor);
  unet.mid_block.last =
      layers.make("mid_block", 1, deepest, deepest, false, config.mid_block_scale_factor);

  for (size_t i = 0; i < levels; ++i) {
    const std::string name = "up_blocks." + std::to_string(i);
    const size_t level = levels - 1 - i;
    const int64_t out = widths[level];
    const int64_t from_below = i == 0 ? deepest : widths[level + 1];
    // What the last layer joins was made at the entrance of this level, with the width of the level
    // above.
    const int64_t entrance = level == 0 ? widths[0] : widths[level - 1];
    const bool attends = config.up_block_types[i] == "CrossAttnUpBlock3D";
    UNet3DUpBlock block;
    for (size_t j = 0; j <= count; ++j) {
      const int64_t joined = j == count ? entrance : out;
      block.layers.push_back(
          layers.make(name, j, (j == 0 ? from_below : out) + joined, out, attends));
    }
    if (level > 0) block.upsampler = nn::make_upsample(parameters, name + ".upsamplers.0", out);
    unet.up_blocks.push_back(std::move(block));
  }

  unet.conv_norm_out = nn::make_group_norm(parameters, "conv_norm_out", widths[0],
                                           config.norm_num_groups, config.norm_eps);
  unet.conv_out = nn::make_conv2d(parameters, "conv_out", widths[0], config.out_channels);
  return unet;
}

at::Tensor forward(const UNet3D& unet, const at::Tensor& sample, const at::Tensor& timestep,
                   const at::Tensor& text) {
  check_shapes(unet, sample, timestep, text);
  const int64_t videos = sample.size(0), frames = sample.size(1), height = sample.size(3),
                width = sample.size(4);
  const auto act = nn::activation_from(unet.config.act_fn, "act_fn");

  // Every residual block begins with the activation of the embedding: done once, per video and not
  // per frame.
  at::Tensor time = sinusoids(timestep, unet.config.block_out_channels[0]).to(sample.scalar_type());
  time = nn::forward(unet.time_linear_2, nn::activate(act, nn::forward(unet.time_linear_1, time)));
  time = nn::activate(act, time.expand({videos, time.size(1)}));

  at::Tensor h =
      nn::forward(unet.conv_in, sample.reshape({videos * frames, sample.size(2), height, width}));
  const auto mode = unet.checkpointing;
  const auto* away = mode == nn::Checkpointing::Offload ? &unet.offload : nullptr;
  // Where what is kept takes no memory of the device, the first transformer, wider than all others,
  // is better two parts; and a convolution between the levels, which keeps an input that may be
  // four times what that was made of, better one of its own.
  const nn::Keep moved = [away](const nn::Part& part, const std::vector<at::Tensor>& inputs) {
    return away == nullptr ? part(inputs) : nn::checkpoint(part, inputs, away);
  };
  if (mode == nn::Checkpointing::None || away != nullptr) {
    h = nn::forward(unet.transformer_in, h, frames, moved);
  } else {
    h = nn::checkpoint([first = &unet.transformer_in,
                        frames](const auto& v) { return nn::forward(*first, v[0], frames); },
                       {h});
  }

  std::vector<at::Tensor> skips = {h};
  for (const auto& block : unet.down_blocks) {
    for (const auto& layer : block.layers)
      skips.push_back(h = forward(layer, h, {}, time, text, frames, mode, unet.offload));
    if (block.downsampler)
      skips.push_back(
          h = moved([d = &*block.downsampler](const auto& v) { return nn::forward(*d, v[0]); },
                    {h}));
  }

  h = forward(unet.mid_block.first, h, {}, time, text, frames, mode, unet.offload);
  h = forward(unet.mid_block.last, h, {}, time, text, frames, mode, unet.offload);

  // diffusers doubles the size on the way up unless the input is no multiple of the whole factor:
  // then it takes the size of what is joined next. Otherwise both agree.
  const int64_t factor = int64_t{1} << (unet.up_blocks.size() - 1);
  const bool odd = height % factor != 0 || width % factor != 0;
  for (const auto& block : unet.up_blocks) {
    for (const auto& layer : block.layers) {
      h = forward(layer, h, skips.back(), time, text, frames, mode, unet.offload);
      skips.pop_back();
    }
    if (block.upsampler) {
      const auto size = odd ? skips.back().sizes().slice(2).vec() : std::vector<int64_t>();
      h = moved(
          [u = &*block.upsampler, size](const auto& v) { return nn::forward(*u, v[0], size); },
          {h});
    }
  }

  h = nn::forward(unet.conv_out, nn::norm_silu(unet.conv_norm_out, h));
  return h.reshape({videos, frames, h.size(1), height, width});
}

}  // namespace svg
