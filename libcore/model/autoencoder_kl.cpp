#include "libcore/model/autoencoder_kl.h"

#include <ATen/ATen.h>

#include "libcore/nn/norm_silu.h"
#include "libcore/tensor/draws.h"

namespace svg {

namespace {

constexpr double kEps = 1e-6;  // of every GroupNorm, models/autoencoders/vae.py

// Builds the parts in the order and under the names of diffusers.
struct Builder {
  Parameters& p;
  const AutoencoderKLConfig& c;
  nn::Activation act;

  nn::GroupNorm norm(const std::string& name, int64_t width) {
    return nn::make_group_norm(p, name, width, c.norm_num_groups, kEps);
  }

  nn::ResnetBlock resnet(const std::string& name, int64_t in, int64_t out) {
    return nn::make_resnet_block(p, name, in, out, /*time_width=*/0, c.norm_num_groups, kEps, act);
  }

  // Checkpoints from before diffusers 0.14 have the projections under other names
  // (modeling_utils.py, _fix_state_dict_keys_on_load).
  nn::Linear projection(const std::string& name, const char* now, const char* before,
                        int64_t width) {
    for (const char* part : {".weight", ".bias"})
      p.also_called(name + now + part, name + before + part);
    return nn::make_linear(p, name + now, width, width);
  }

  VaeAttention attention(const std::string& name, int64_t width) {
    VaeAttention a;
    a.group_norm = norm(name + ".group_norm", width);
    a.to_q = projection(name, ".to_q", ".query", width);
    a.to_k = projection(name, ".to_k", ".key", width);
    a.to_v = projection(name, ".to_v", ".value", width);
    a.to_out = projection(name, ".to_out.0", ".proj_attn", width);
    return a;
  }

  VaeMidBlock mid(const std::string& name, int64_t width) {
    VaeMidBlock m;
    m.first = resnet(name + ".resnets.0", width, width);
    if (c.mid_block_add_attention) m.attention = attention(name + ".attentions.0", width);
    m.last = resnet(name + ".resnets.1", width, width);
    return m;
  }

  VaeStage stage(const std::string& name, int64_t in, int64_t out, int64_t layers) {
    VaeStage s;
    for (int64_t i = 0; i < layers; ++i)
      s.resnets.push_back(resnet(cat(name, ".resnets.", i), i == 0 ? in : out, out));
    return s;
  }

  VaeTower encoder() {
    VaeTower t;
    const auto& widths = c.block_out_channels;
    t.conv_in = nn::make_conv2d(p, "encoder.conv_in", c.in_channels, widths.front());
    int64_t in = widths.front();
    for (size_t i = 0; i < widths.size(); ++i) {
      const auto name = cat("encoder.down_blocks.", i);
      t.stages.push_back(stage(name, in, widths[i], c.layers_per_block));
      in = widths[i];
      if (i + 1 < widths.size())
        t.stages.back().half = nn::make_downsample(p, name + ".downsamplers.0", in, /*padding=*/0);
    }
    t.mid_block = mid("encoder.mid_block", in);
    t.conv_norm_out = norm("encoder.conv_norm_out", in);
    t.conv_out = nn::make_conv2d(p, "encoder.conv_out", in, 2 * c.latent_channels);
    return t;
  }

  VaeTower decoder() {
    VaeTower t;
    const std::vector<int64_t> widths(c.block_out_channels.rbegin(), c.block_out_channels.rend());
    t.conv_in = nn::make_conv2d(p, "decoder.conv_in", c.latent_channels, widths.front());
    t.mid_block = mid("decoder.mid_block", widths.front());
    int64_t in = widths.front();
    for (size_t i = 0; i < widths.size(); ++i) {
      const auto name = cat("decoder.up_blocks.", i);
      t.stages.push_back(stage(name, in, widths[i], c.layers_per_block + 1));
      in = widths[i];
      if (i + 1 < widths.size())
        t.stages.back().twice = nn::make_upsample(p, name + ".upsamplers.0", in);
    }
    t.conv_norm_out = norm("decoder.conv_norm_out", in);
    t.conv_out = nn::make_conv2d(p, "decoder.conv_out", in, c.out_channels);
    return t;
  }
};

at::Tensor forward(const VaeAttention& a, const at::Tensor& x) {
  const int64_t n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  // [N, C, h, w] -> [N, h*w, C], and a head axis of 1 for the attention itself
  const at::Tensor tokens = nn::forward(a.group_norm, x).flatten(2).transpose(1, 2);
  const auto head = [&](const nn::Linear& l) { return nn::forward(l, tokens).unsqueeze(1); };
  const at::Tensor mixed =
      at::scaled_dot_product_attention(head(a.to_q), head(a.to_k), head(a.to_v)).squeeze(1);
  return x + nn::forward(a.to_out, mixed).transpose(1, 2).reshape({n, channels, height, width});
}

at::Tensor forward(const VaeMidBlock& m, const at::Tensor& x) {
  at::Tensor h = nn::forward(m.first, x, {});
  if (m.attention) h = forward(*m.attention, h);
  return nn::forward(m.last, h, {});
}

at::Tensor forward(const VaeStage& s, at::Tensor h) {
  for (const auto& r : s.resnets) h = nn::forward(r, h, {});
  if (s.half) h = nn::forward(*s.half, h);
  return s.twice ? nn::forward(*s.twice, h) : h;
}

at::Tensor finish(const VaeTower& t, const at::Tensor& h) {
  return nn::forward(t.conv_out, nn::norm_silu(t.conv_norm_out, h));
}

// The per-channel or scalar shift, shaped to broadcast over [.., C, h, w].
at::Tensor per_channel(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble)
      .to(like.options())
      .view({static_cast<int64_t>(values.size()), 1, 1});
}

}  // namespace

AutoencoderKL make_autoencoder_kl(Parameters& p, const AutoencoderKLConfig& config) {
  AutoencoderKL vae;
  vae.config = config;
  Builder build{p, vae.config, nn::activation_from(config.act_fn, "act_fn")};
  vae.encoder = build.encoder();
  vae.decoder = build.decoder();
  const int64_t c = config.latent_channels;
  if (config.use_quant_conv)
    vae.quant_conv = nn::make_conv2d(p, "quant_conv", 2 * c, 2 * c, 1, 1, 0);
  if (config.use_post_quant_conv)
    vae.post_quant_conv = nn::make_conv2d(p, "post_quant_conv", c, c, 1, 1, 0);
  return vae;
}

at::Tensor encode_moments(const AutoencoderKL& vae, const at::Tensor& pixels) {
  expect_shape(pixels, {-1, vae.config.in_channels, -1, -1}, "pictures to encode");
  const VaeTower& t = vae.encoder;
  at::Tensor h = nn::forward(t.conv_in, pixels);
  for (const auto& s : t.stages) h = forward(s, h);
  h = finish(t, forward(t.mid_block, h));
  return vae.quant_conv ? nn::forward(*vae.quant_conv, h) : h;
}

Posterior posterior_of(const at::Tensor& moments) {
  const auto halves = moments.chunk(2, 1);
  return {halves[0], halves[1].clamp(-30.0, 20.0)};
}

int64_t reduction_of(const AutoencoderKLConfig& c) {
  return int64_t{1} << (c.block_out_channels.size() - 1);
}

Posterior encode(const AutoencoderKL& vae, const at::Tensor& pixels) {
  return posterior_of(encode_moments(vae, pixels));
}

at::Tensor sample(const Posterior& q, const at::Tensor& noise) {
  return q.mean + (0.5 * q.logvar).exp() * noise;
}

at::Tensor kl_divergence(const Posterior& q) {
  return 0.5 * (q.mean.square() + q.logvar.exp() - 1.0 - q.logvar).sum({1, 2, 3});
}

at::Tensor decode(const AutoencoderKL& vae, const at::Tensor& latents) {
  expect_shape(latents, {-1, vae.config.latent_channels, -1, -1}, "latents to decode");
  const VaeTower& t = vae.decoder;
  at::Tensor h = nn::forward(
      t.conv_in, vae.post_quant_conv ? nn::forward(*vae.post_quant_conv, latents) : latents);
  h = forward(t.mid_block, h);
  for (const auto& s : t.stages) h = forward(s, h);
  return finish(t, h);
}

at::Tensor scale_latents(const AutoencoderKLConfig& c, const at::Tensor& latents) {
  if (!c.latents_mean.empty())
    return (latents - per_channel(c.latents_mean, latents)) * c.scaling_factor /
           per_channel(c.latents_std, latents);
  return (latents - c.shift_factor.value_or(0.0)) * c.scaling_factor;
}

at::Tensor unscale_latents(const AutoencoderKLConfig& c, const at::Tensor& latents) {
  if (!c.latents_mean.empty())
    return latents * per_channel(c.latents_std, latents) / c.scaling_factor +
           per_channel(c.latents_mean, latents);
  return latents / c.scaling_factor + c.shift_factor.value_or(0.0);
}

}  // namespace svg
