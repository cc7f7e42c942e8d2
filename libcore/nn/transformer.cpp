#include "libcore/nn/transformer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <vector>

#include "libcore/nn/add_norm.h"
#include "libcore/nn/geglu.h"
#include "libcore/nn/one_pass.h"
#include "libcore/nn/short_attention.h"

namespace svg::nn {
namespace {

// What one call of PyTorch's fused attention takes on a GPU, where the batch is an axis of the grid
// (pytorch issues 142228, 146704): the frames at every pixel of a large batch are more.
constexpr int64_t kSequencesAtOnce = 65535;
constexpr double kTransformerNormEps = 1e-6;  // diffusers: fixed, whatever the config's norm_eps

// [S*T, A*K] -> [S, A, T, K], a view.
at::Tensor by_head(const at::Tensor& x, int64_t sequences, int64_t heads) {
  return x.view({sequences, x.size(0) / sequences, heads, x.size(1) / heads}).transpose(1, 2);
}

// [B, A, L, K] -> [S, A, L, K], each row S / B times in a row.
at::Tensor shared_by(const at::Tensor& x, int64_t sequences) {
  const int64_t times = sequences / x.size(0);
  if (times == 1) return x;
  return x.unsqueeze(1)
      .expand({-1, times, -1, -1, -1})
      .reshape({sequences, x.size(1), x.size(2), x.size(3)});
}

}  // namespace

at::Tensor mix_values(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t most) {
  const int64_t sequences = q.size(0);
  if (sequences <= most) return at::scaled_dot_product_attention(q, k, v);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < sequences; first += most) {
    const auto part = [&](const at::Tensor& x) {
      return x.narrow(0, first, std::min(most, sequences - first));
    };
    parts.push_back(at::scaled_dot_product_attention(part(q), part(k), part(v)));
  }
  return at::cat(parts);
}

Attention make_attention(Parameters& parameters, const std::string& name, int64_t width,
                         int64_t context_width, int64_t heads, int64_t head_width) {
  const int64_t inner = heads * head_width;
  Attention layer;
  layer.to_q = make_linear(parameters, name + ".to_q", width, inner, false);
  layer.to_k = make_linear(parameters, name + ".to_k", context_width, inner, false);
  layer.to_v = make_linear(parameters, name + ".to_v", context_width, inner, false);
  layer.to_out = make_linear(parameters, name + ".to_out.0", inner, width);
  layer.heads = heads;
  return layer;
}

namespace {

// All of the attention but to_out: [S*T, A*K].
at::Tensor attention_values(const Attention& layer, const at::Tensor& x, const at::Tensor& context,
                            int64_t sequences, int64_t contexts) {
  const int64_t width = layer.to_q.weight.size(0) / layer.heads;
  // There, sequences that share a context are one long sequence of queries.
  if (is_short_attention(x, context.size(0) / contexts, width)) {
    return short_attention(forward(layer.to_q, x), forward(layer.to_k, context),
                           forward(layer.to_v, context), contexts, layer.heads);
  }
  const at::Tensor q = by_head(forward(layer.to_q, x), sequences, layer.heads);
  const at::Tensor k =
      shared_by(by_head(forward(layer.to_k, context), contexts, layer.heads), sequences);
  const at::Tensor v =
      shared_by(by_head(forward(layer.to_v, context), contexts, layer.heads), sequences);
  const at::Tensor mixed =
      mix_values(q, k, v, x.is_cuda() ? kSequencesAtOnce : sequences);  // [S, A, T, K]
  return mixed.transpose(1, 2).reshape({x.size(0), -1});
}

}  // namespace

at::Tensor forward(const Attention& layer, const at::Tensor& x, const at::Tensor& context,
                   int64_t sequences, int64_t contexts) {
  return forward(layer.to_out, attention_values(layer, x, context, sequences, contexts));
}

FeedForward make_feed_forward(Parameters& parameters, const std::string& name, int64_t width) {
  const int64_t inner = 4 * width;
  FeedForward layer;
  layer.proj = make_linear(parameters, name + ".net.0.proj", width, 2 * inner);
  layer.out = make_linear(parameters, name + ".net.2", inner, width);
  return layer;
}

namespace {

at::Tensor gated(const FeedForward& layer, const at::Tensor& x) {
  return has_kernel(x) ? geglu(without_bias(layer.proj, x), layer.proj.bias)
                       : geglu(forward(layer.proj, x));
}

}  // namespace

at::Tensor forward(const FeedForward& layer, const at::Tensor& x) {
  return forward(layer.out, gated(layer, x));
}

TransformerBlock make_transformer_block(Parameters& parameters, const std::string& name,
                                        int64_t width, int64_t text_width, int64_t heads,
                                        int64_t head_width) {
  TransformerBlock block;
  block.attends_text = text_width > 0;
  block.norm1 = make_layer_norm(parameters, name + ".norm1", width);
  block.attn1 = make_attention(parameters, name + ".attn1", width, width, heads, head_width);
  block.norm2 = make_layer_norm(parameters, name + ".norm2", width);
  block.attn2 = make_attention(parameters, name + ".attn2", width,
                               block.attends_text ? text_width : width, heads, head_width);
  block.norm3 = make_layer_norm(parameters, name + ".norm3", width);
  block.ff = make_feed_forward(parameters, name + ".ff", width);
  return block;
}

namespace {

// x + bias + residual, of those that are defined, and its normalization. On a CPU in one pass.
AddedRows added(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual,
                const LayerNorm& norm) {
  if (has_kernel(x)) return add_norm(norm, x, bias, residual);
  at::Tensor sum = bias.defined() ? x + bias : x;
  if (residual.defined()) sum = sum + residual;
  return {sum, forward(norm, sum)};
}

// layer(x) + residual, and its normalization.
AddedRows added(const Linear& layer, const at::Tensor& x, const at::Tensor& residual,
                const LayerNorm& norm) {
  return has_kernel(x) ? added(without_bias(layer, x), layer.bias, residual, norm)
                       : added(forward(layer, x), {}, residual, norm);
}
at::Tensor added(const Linear& layer, const at::Tensor& x, const at::Tensor& residual) {
  return has_kernel(x) ? add_rows(without_bias(layer, x), layer.bias, residual)
                       : forward(layer, x) + residual;
}

// A block's attention, and what comes after it. x [S*T, D], as in forward(); `bias`, where defined,
// is still to be added to it.
at::Tensor attend(const TransformerBlock& block, const at::Tensor& x, const at::Tensor& bias,
                  int64_t sequences, const at::Tensor& text, int64_t texts) {
  const auto first = added(x, bias, {}, block.norm1);
  const auto second =
      added(block.attn1.to_out,
            attention_values(block.attn1, first.normed, first.normed, sequences, sequences),
            first.sum, block.norm2);
  // The sequences that share a text are one long sequence of queries: keys and values are made once
  // per text. Backward on a GPU works on blocks of keys side by side, and those of one text are so
  // few that most of it would wait: there each sequence gets its own copy of them.
  const bool alone = x.is_cuda() && at::GradMode::is_enabled();
  const at::Tensor values =
      block.attends_text
          ? attention_values(block.attn2, second.normed, text, alone ? sequences : texts, texts)
          : attention_values(block.attn2, second.normed, second.normed, sequences, sequences);
  return added(block.attn2.to_out, values, second.sum);
}

// The layer before a block, and its attention.
at::Tensor attend_after(const Linear& proj_in, const TransformerBlock& block, const at::Tensor& x,
                        int64_t sequences, const at::Tensor& text, int64_t texts) {
  return has_kernel(x)
             ? attend(block, without_bias(proj_in, x), proj_in.bias, sequences, text, texts)
             : attend(block, forward(proj_in, x), {}, sequences, text, texts);
}

at::Tensor feed(const TransformerBlock& block, const at::Tensor& h) {
  const auto [sum, normed] = added(h, {}, {}, block.norm3);
  return added(block.ff.out, gated(block.ff, normed), sum);
}

}  // namespace

at::Tensor forward(const TransformerBlock& block, const at::Tensor& x, int64_t sequences,
                   const at::Tensor& text, int64_t texts) {
  return feed(block, attend(block, x, {}, sequences, text, texts));
}

SpatialTransformer make_spatial_transformer(Parameters& parameters, const std::string& name,
                                            int64_t channels, int64_t text_width, int64_t heads,
                                            int64_t head_width, int64_t groups) {
  const int64_t inner = heads * head_width;
  SpatialTransformer layer;
  layer.norm = make_group_norm(parameters, name + ".norm", channels, groups, kTransformerNormEps);
  layer.proj_in = make_linear(parameters, name + ".proj_in", channels, inner);
  layer.block = make_transformer_block(parameters, name + ".transformer_blocks.0", inner,
                                       text_width, heads, head_width);
  layer.proj_out = make_linear(parameters, name + ".proj_out", inner, channels);
  return layer;
}

at::Tensor forward(const SpatialTransformer& layer, const at::Tensor& x, const at::Tensor& text) {
  const int64_t images = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  at::Tensor h = forward(layer.norm, x).permute({0, 2, 3, 1}).reshape({-1, channels});
  h = feed(layer.block, attend_after(layer.proj_in, layer.block, h, images,
                                     text.reshape({-1, text.size(2)}), text.size(0)));
  h = forward(layer.proj_out, h);
  return x + h.view({images, height, width, channels}).permute({0, 3, 1, 2});
}

TemporalTransformer make_temporal_transformer(Parameters& parameters, const std::string& name,
                                              int64_t channels, int64_t heads, int64_t head_width,
                                              int64_t groups) {
  const int64_t inner = heads * head_width;
  TemporalTransformer layer;
  layer.norm = make_group_norm(parameters, name + ".norm", channels, groups, kTransformerNormEps);
  layer.proj_in = make_linear(parameters, name + ".proj_in", channels, inner);
  layer.block = make_transformer_block(parameters, name + ".transformer_blocks.0", inner, 0, heads,
                                       head_width);
  layer.proj_out = make_linear(parameters, name + ".proj_out", inner, channels);
  return layer;
}

at::Tensor forward(const TemporalTransformer& layer, const at::Tensor& x, int64_t frames,
                   const Keep& keep) {
  const int64_t videos = x.size(0) / frames, channels = x.size(1), pixels = x.size(2) * x.size(3);
  const auto video_of = [=](const at::Tensor& images) {
    return images.reshape({videos, frames, channels, pixels});
  };
  const auto* l = &layer;  // the parts may be called again when this function has returned
  const auto attended = [=](const std::vector<at::Tensor>& v) {
    at::Tensor h = forward(
        l->norm, video_of(v[0]).transpose(1, 2));  // [B, C, F, H*W]: a group spans all frames
    h = h.permute({0, 3, 2, 1}).reshape({-1, channels});  // [B*H*W*F, C]
    return attend_after(l->proj_in, l->block, h, videos * pixels, {}, 0);
  };
  const auto fed = [=](const std::vector<at::Tensor>& v) {
    at::Tensor h = forward(l->proj_out, feed(l->block, v[1]));
    h = h.view({videos, pixels, frames, channels}).permute({0, 2, 3, 1});  // [B, F, C, H*W]
    return (video_of(v[0]) + h).reshape(v[0].sizes());
  };
  return keep(fed, {x, keep(attended, {x})});
}

}  // namespace svg::nn
