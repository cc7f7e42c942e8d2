#include "libcore/model/clip_text.h"

#include <algorithm>

namespace svg {

namespace {

// Far beyond what models have: names and shapes are made of these numbers before any weight is
// seen.
constexpr int64_t kMaxVocabulary = 1 << 22, kMaxLayers = 256, kMaxSize = 262'144;

constexpr const char* kTransformersVersion = "5.17.0";

}  // namespace

ClipTextConfig clip_text_config(const json& doc, const std::string& where) {
  ClipTextConfig c;
  const auto type = json_get_or<std::string>(doc, "model_type", "clip_text_model", where);
  require(type == "clip_text_model", ErrorKind::Data, where, ": \"model_type\" is \"", type,
          "\", expected \"clip_text_model\"");
  const auto read = [&](const char* key, auto& value) {
    value = json_get_or(doc, key, value, where);
  };
  read("vocab_size", c.vocab_size);
  read("hidden_size", c.hidden_size);
  read("intermediate_size", c.intermediate_size);
  read("projection_dim", c.projection_dim);
  read("num_hidden_layers", c.num_hidden_layers);
  read("num_attention_heads", c.num_attention_heads);
  read("max_position_embeddings", c.max_position_embeddings);
  c.hidden_act = enum_from<ClipActivation>(
      json_get_or<std::string>(doc, "hidden_act", name_of(c.hidden_act), where),
      where + ": \"hidden_act\"", ErrorKind::Data);
  read("layer_norm_eps", c.layer_norm_eps);
  read("bos_token_id", c.bos_token_id);
  read("eos_token_id", c.eos_token_id);
  read("pad_token_id", c.pad_token_id);
  read("torch_dtype", c.dtype);  // its name in transformers 4
  read("dtype", c.dtype);
  require(c.vocab_size > 0 && c.hidden_size > 0 && c.intermediate_size > 0 &&
              c.num_hidden_layers >= 0 && c.num_attention_heads > 0 &&
              c.max_position_embeddings > 0,
          ErrorKind::Data, where, ": sizes must be positive");
  require(c.vocab_size <= kMaxVocabulary && c.num_hidden_layers <= kMaxLayers &&
              std::max({c.hidden_size, c.intermediate_size, c.max_position_embeddings}) <= kMaxSize,
          ErrorKind::Data, where, ": more than ", kMaxVocabulary, " tokens, ", kMaxLayers,
          " layers, or a size above ", kMaxSize);
  require(c.hidden_size % c.num_attention_heads == 0, ErrorKind::Data, where, ": \"hidden_size\" ",
          c.hidden_size, " is not a multiple of \"num_attention_heads\" ", c.num_attention_heads);
  return c;
}

json to_json(const ClipTextConfig& c) {
  return {
      {"architectures", {"CLIPTextModel"}},
      {"attention_dropout", 0.0},
      {"bos_token_id", c.bos_token_id},
      {"dtype", c.dtype},
      {"eos_token_id", c.eos_token_id},
      {"hidden_act", name_of(c.hidden_act)},
      {"hidden_size", c.hidden_size},
      {"initializer_factor", 1.0},
      {"initializer_range", 0.02},
      {"intermediate_size", c.intermediate_size},
      {"layer_norm_eps", c.layer_norm_eps},
      {"max_position_embeddings", c.max_position_embeddings},
      {"model_type", "clip_text_model"},
      {"num_attention_heads", c.num_attention_heads},
      {"num_hidden_layers", c.num_hidden_layers},
      {"pad_token_id", c.pad_token_id},
      {"projection_dim", c.projection_dim},
      {"transformers_version", kTransformersVersion},
      {"vocab_size", c.vocab_size},
  };
}

}  // namespace svg
