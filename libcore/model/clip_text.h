// The text encoder of CLIP: transformers' CLIPTextModel (5.17), with its names and numbers.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/base/json.h"
#include "libcore/nn/layers.h"

namespace svg {

enum class ClipActivation { QuickGelu, Gelu };
constexpr auto names_of(ClipActivation) {
  return std::to_array<EnumName<ClipActivation>>(
      {{ClipActivation::QuickGelu, "quick_gelu"}, {ClipActivation::Gelu, "gelu"}});
}

// text_encoder/config.json. The defaults are those of transformers.
struct ClipTextConfig {
  int64_t vocab_size = 49408;
  int64_t hidden_size = 512, intermediate_size = 2048, projection_dim = 512;
  int64_t num_hidden_layers = 12, num_attention_heads = 8;
  int64_t max_position_embeddings = 77;
  ClipActivation hidden_act = ClipActivation::QuickGelu;
  double layer_norm_eps = 1e-5;
  int64_t bos_token_id = 49406, eos_token_id = 49407,
          pad_token_id = 1;       // kept for other readers, like projection_dim
  std::string dtype = "float32";  // of the stored weights, for other readers
};
// Throws Error{Data} that names `where` for a missing, ill-typed, contradictory or unsupported
// setting.
ClipTextConfig clip_text_config(const json& doc, const std::string& where);
// As transformers writes it.
json to_json(const ClipTextConfig&);

// x + attention(norm1 x), then x + fc2(act(fc1(norm2 x))). A token sees itself and those before it.
struct ClipTextLayer {
  nn::LayerNorm layer_norm1, layer_norm2;
  nn::Linear q_proj, k_proj, v_proj, out_proj;
  nn::Linear fc1, fc2;
};

struct ClipText {
  ClipTextConfig config;
  at::Tensor token_embedding;     // [vocab, D]
  at::Tensor position_embedding;  // [positions, D]
  std::vector<ClipTextLayer> layers;
  nn::LayerNorm final_layer_norm;
};
ClipText make_clip_text(Parameters&, const ClipTextConfig&);

// ids [B, L] int64, L at most max_position_embeddings -> [B, L, D], the last hidden state after the
// final norm. Throws Error{Config} if an id is outside the vocabulary or the text too long: the
// tokenizer belongs to another model.
at::Tensor forward(const ClipText&, const at::Tensor& ids);

}  // namespace svg
