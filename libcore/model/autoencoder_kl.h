// The variational autoencoder between pictures and latents: diffusers' AutoencoderKL (0.42.1), with
// its names and numbers. Shapes: pixels [N, 3, H, W] in [-1, 1], latents [N, C, h, w]; h = H /
// 2^(stages - 1), rounded down at every stage.
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/nn/activation.h"
#include "libcore/nn/layers.h"
#include "libcore/nn/residual.h"

namespace svg {

// vae/config.json. The defaults are those of diffusers.
struct AutoencoderKLConfig {
  int64_t in_channels = 3, out_channels = 3;
  std::vector<int64_t> block_out_channels = {
      64};  // one stage each; every stage but the last halves the picture
  int64_t layers_per_block = 1;
  std::string act_fn = "silu";  // between the convolutions; the last of each tower is always SiLU
  int64_t latent_channels = 4;
  int64_t norm_num_groups = 32;
  std::array<int64_t, 2> sample_size = {32, 32};  // height, width; kept for other readers
  double scaling_factor = 0.18215;
  std::optional<double> shift_factor;
  std::vector<double> latents_mean, latents_std;  // [C] both or neither
  bool force_upcast = true;                       // kept for other readers
  bool use_quant_conv = true, use_post_quant_conv = true;
  bool mid_block_add_attention = true;
};
// Throws Error{Data} that names `where` for a missing, ill-typed, contradictory or unsupported
// setting.
AutoencoderKLConfig autoencoder_kl_config(const json& doc, const std::string& where);
// As diffusers writes it.
json to_json(const AutoencoderKLConfig&);
// Pixels a latent, in each direction.
int64_t reduction_of(const AutoencoderKLConfig&);

// Self-attention over the h*w places with one head, plus the input.
struct VaeAttention {
  nn::GroupNorm group_norm;
  nn::Linear to_q, to_k, to_v, to_out;
};

struct VaeMidBlock {
  nn::ResnetBlock first, last;
  std::optional<VaeAttention> attention;
};

// DownEncoderBlock2D in the encoder, UpDecoderBlock2D in the decoder.
struct VaeStage {
  std::vector<nn::ResnetBlock> resnets;
  std::optional<nn::Downsample> half;
  std::optional<nn::Upsample> twice;
};

// The encoder and the decoder alike: the mid block comes after the stages in the one, before them
// in the other.
struct VaeTower {
  nn::Conv2d conv_in;
  std::vector<VaeStage> stages;
  VaeMidBlock mid_block;
  nn::GroupNorm conv_norm_out;
  nn::Conv2d conv_out;
};

struct AutoencoderKL {
  AutoencoderKLConfig config;
  VaeTower encoder, decoder;
  std::optional<nn::Conv2d> quant_conv, post_quant_conv;
};
AutoencoderKL make_autoencoder_kl(Parameters&, const AutoencoderKLConfig&);

// A diagonal Gaussian over latents, not yet scaled.
struct Posterior {
  at::Tensor mean, logvar;  // [N, C, h, w]; logvar is within [-30, 20]
};
Posterior encode(const AutoencoderKL&, const at::Tensor& pixels);
// Its two parts: what the encoder gives, [N, 2 C, h, w], and what that says.
at::Tensor encode_moments(const AutoencoderKL&, const at::Tensor& pixels);
Posterior posterior_of(const at::Tensor& moments);
// noise [N, C, h, w] ~ N(0, 1)
at::Tensor sample(const Posterior&, const at::Tensor& noise);
// KL divergence from N(0, 1), summed over each latent: [N]
at::Tensor kl_divergence(const Posterior&);

// latents [N, C, h, w], unscaled -> pixels [N, 3, H, W], about [-1, 1] and not clamped
at::Tensor decode(const AutoencoderKL&, const at::Tensor& latents);

// Between the VAE's own latents and those that the diffusion model and our streams use: (x - mean)
// / std * scaling_factor, where mean is latents_mean or shift_factor. latents [N, C, h, w], or any
// shape with C in axis -3.
at::Tensor scale_latents(const AutoencoderKLConfig&, const at::Tensor& latents);
at::Tensor unscale_latents(const AutoencoderKLConfig&, const at::Tensor& latents);

}  // namespace svg
