#include "libcore/model/clip_text.h"

#include <ATen/ATen.h>

#include "libcore/tensor/draws.h"

namespace svg {

namespace {

// Names as transformers 4 has them; version 5 leaves "text_model." away, and both read both.
struct Builder {
  Parameters& p;
  const ClipTextConfig& c;

  std::string named(const std::string& name) {
    for (const char* part : {".weight", ".bias"})
      p.also_called("text_model." + name + part, name + part);
    return "text_model." + name;
  }
  nn::Linear linear(const std::string& name, int64_t in, int64_t out) {
    return nn::make_linear(p, named(name), in, out);
  }
  nn::LayerNorm norm(const std::string& name) {
    return nn::make_layer_norm(p, named(name), c.hidden_size, c.layer_norm_eps);
  }
  at::Tensor embedding(const std::string& name, int64_t rows) {
    return p.take(named(name) + ".weight", {rows, c.hidden_size}, Init::Small);
  }

  ClipTextLayer layer(const std::string& name) {
    const int64_t d = c.hidden_size;
    ClipTextLayer l;
    l.k_proj = linear(name + ".self_attn.k_proj", d, d);
    l.v_proj = linear(name + ".self_attn.v_proj", d, d);
    l.q_proj = linear(name + ".self_attn.q_proj", d, d);
    l.out_proj = linear(name + ".self_attn.out_proj", d, d);
    l.layer_norm1 = norm(name + ".layer_norm1");
    l.fc1 = linear(name + ".mlp.fc1", d, c.intermediate_size);
    l.fc2 = linear(name + ".mlp.fc2", c.intermediate_size, d);
    l.layer_norm2 = norm(name + ".layer_norm2");
    return l;
  }
};

at::Tensor attend(const ClipTextLayer& l, const at::Tensor& x, int64_t heads) {
  const int64_t b = x.size(0), n = x.size(1), d = x.size(2);
  // [B, L, D] -> [B, A, L, K]
  const auto split = [&](const nn::Linear& p) {
    return nn::forward(p, x).view({b, n, heads, d / heads}).transpose(1, 2);
  };
  const at::Tensor mixed =
      at::scaled_dot_product_attention(split(l.q_proj), split(l.k_proj), split(l.v_proj), {}, 0.0,
                                       /*is_causal=*/true);
  return nn::forward(l.out_proj, mixed.transpose(1, 2).reshape({b, n, d}));
}

at::Tensor activate(const ClipTextConfig& c, const at::Tensor& x) {
  return c.hidden_act == ClipActivation::Gelu ? at::gelu(x) : x * at::sigmoid(1.702 * x);
}

}  // namespace

ClipText make_clip_text(Parameters& p, const ClipTextConfig& c) {
  ClipText clip;
  clip.config = c;
  Builder build{p, c};
  clip.token_embedding = build.embedding("embeddings.token_embedding", c.vocab_size);
  clip.position_embedding =
      build.embedding("embeddings.position_embedding", c.max_position_embeddings);
  p.ignore("text_model.embeddings.position_ids");  // a constant that checkpoints before
                                                   // transformers 4.31 hold
  for (int64_t i = 0; i < c.num_hidden_layers; ++i)
    clip.layers.push_back(build.layer(cat("encoder.layers.", i)));
  clip.final_layer_norm = build.norm("final_layer_norm");
  return clip;
}

at::Tensor forward(const ClipText& clip, const at::Tensor& ids) {
  expect_shape(ids, {-1, -1}, "token ids");
  const ClipTextConfig& c = clip.config;
  const int64_t length = ids.size(1);
  require(length >= 1 && length <= c.max_position_embeddings, ErrorKind::Config, "a text of ",
          length, " tokens does not fit the text encoder, which takes 1 to ",
          c.max_position_embeddings);
  const int64_t least = ids.min().item<int64_t>(), most = ids.max().item<int64_t>();
  require(least >= 0 && most < c.vocab_size, ErrorKind::Config, "token id ",
          least < 0 ? least : most, " is outside the text encoder's vocabulary of ", c.vocab_size,
          ": the tokenizer belongs to another model");
  at::Tensor x =
      at::embedding(clip.token_embedding, ids) + clip.position_embedding.slice(0, 0, length);
  for (const auto& l : clip.layers) {
    x = x + attend(l, nn::forward(l.layer_norm1, x), c.num_attention_heads);
    x = x + nn::forward(l.fc2, activate(c, nn::forward(l.fc1, nn::forward(l.layer_norm2, x))));
  }
  return nn::forward(clip.final_layer_norm, x);
}

}  // namespace svg
