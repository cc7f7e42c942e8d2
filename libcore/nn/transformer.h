// Attention over tokens: the pieces of diffusers' BasicTransformerBlock, Transformer2DModel and
// TransformerTemporalModel, with the names of their parameters. Tokens travel as a matrix [rows,
// D], rows = sequences * length, sequence slowest, so that every linear layer is one matrix product
// without reshaping.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "libcore/nn/checkpoint.h"
#include "libcore/nn/layers.h"

namespace svg::nn {

// Multi-head attention; A heads of width K.
struct Attention {
  Linear to_q, to_k, to_v;  // to A*K, without bias
  Linear to_out;            // "to_out.0", from A*K, with bias
  int64_t heads = 1;
};
// `context_width` is the width of what keys and values are made of: `width` itself in
// self-attention.
Attention make_attention(Parameters&, const std::string& name, int64_t width, int64_t context_width,
                         int64_t heads, int64_t head_width);
// x [S*T, D], context [B*L, Dc], S a multiple of B = `contexts`: S/B neighbouring sequences of x
// look at the same of `context` -> [S*T, D].
at::Tensor forward(const Attention&, const at::Tensor& x, const at::Tensor& context,
                   int64_t sequences, int64_t contexts);

// softmax(q k^T / sqrt(K)) v, for at most `most` sequences in one call of the kernel: q [S, A, T,
// K], k and v [S, A, L, K] -> [S, A, T, K].
at::Tensor mix_values(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t most);

// Gated feed-forward layer (GEGLU), four times as wide inside.
struct FeedForward {
  Linear proj;  // "net.0.proj": D -> 8 D, value and gate
  Linear out;   // "net.2": 4 D -> D
};
FeedForward make_feed_forward(Parameters&, const std::string& name, int64_t width);
at::Tensor forward(const FeedForward&, const at::Tensor& x);  // [rows, D] -> [rows, D]

// Self-attention, a second attention (to text, or again to itself), feed-forward; each after a
// LayerNorm, each added.
struct TransformerBlock {
  LayerNorm norm1, norm2, norm3;
  Attention attn1, attn2;
  FeedForward ff;
  bool attends_text = false;
};
// `text_width` 0: the second attention is self-attention too.
TransformerBlock make_transformer_block(Parameters&, const std::string& name, int64_t width,
                                        int64_t text_width, int64_t heads, int64_t head_width);
// x [S*T, D]. text [B*L, Dt] for `texts` = B sequences, S a multiple of B: S/B neighbouring
// sequences share a text; unused (may be undefined) where the block does not attend to text.
at::Tensor forward(const TransformerBlock&, const at::Tensor& x, int64_t sequences,
                   const at::Tensor& text, int64_t texts);

// Attention among the pixels of each frame, and from them to the text.
struct SpatialTransformer {
  GroupNorm norm;
  Linear proj_in, proj_out;
  TransformerBlock block;  // "transformer_blocks.0"
};
SpatialTransformer make_spatial_transformer(Parameters&, const std::string& name, int64_t channels,
                                            int64_t text_width, int64_t heads, int64_t head_width,
                                            int64_t groups);
// x [B*F, C, H, W], text [B, L, Dt] -> [B*F, C, H, W].
at::Tensor forward(const SpatialTransformer&, const at::Tensor& x, const at::Tensor& text);

// Attention among the frames at each pixel. Knows no positions: only temporal convolutions tell the
// order of frames.
struct TemporalTransformer {
  GroupNorm norm;
  Linear proj_in, proj_out;
  TransformerBlock block;  // "transformer_blocks.0"
};
TemporalTransformer make_temporal_transformer(Parameters&, const std::string& name,
                                              int64_t channels, int64_t heads, int64_t head_width,
                                              int64_t groups);
// x [B*F, C, H, W] -> the same. Its parts are what comes before the feed-forward layer, and the
// rest.
at::Tensor forward(const TemporalTransformer&, const at::Tensor& x, int64_t frames,
                   const Keep& keep = plainly);

}  // namespace svg::nn
