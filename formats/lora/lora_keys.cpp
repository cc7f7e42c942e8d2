// The names that LoRA tensors bear in the files of PEFT, diffusers and kohya
// (formats/lora/lora_delta.h, parse_lora_key).
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "formats/lora/lora_delta.h"

namespace svg::formats {
namespace {

using Part = LoraKey::Part;

bool drop_prefix(std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

bool drop_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.erase(text.size() - suffix.size());
  return true;
}

struct Ending {
  std::string_view text;
  Part part;
};
// PEFT with and without an adapter's name; diffusers up to 0.20 (.lora.down); kohya (lora_down).
constexpr std::array<Ending, 9> kEndings{{{".lora_A.weight", Part::A},
                                          {".lora_B.weight", Part::B},
                                          {".lora_A.default.weight", Part::A},
                                          {".lora_B.default.weight", Part::B},
                                          {".lora.down.weight", Part::A},
                                          {".lora.up.weight", Part::B},
                                          {".lora_down.weight", Part::A},
                                          {".lora_up.weight", Part::B},
                                          {".alpha", Part::Alpha}}};

// kohya joins the parts of a path by underscores. Names of a UNet's modules that have underscores
// themselves, each before its own beginnings (diffusers, UNet3DConditionModel and
// UNet2DConditionModel; LDM, ldm_names.h).
constexpr std::array<std::string_view, 49> kNames{"transformer_in",
                                                  "input_blocks",
                                                  "middle_block",
                                                  "output_blocks",
                                                  "in_layers",
                                                  "out_layers",
                                                  "emb_layers",
                                                  "skip_connection",
                                                  "temopral_conv",
                                                  "time_embed",
                                                  "transformer_blocks",
                                                  "temp_attentions",
                                                  "temp_convs",
                                                  "down_blocks",
                                                  "up_blocks",
                                                  "mid_block",
                                                  "attentions",
                                                  "resnets",
                                                  "downsamplers",
                                                  "upsamplers",
                                                  "time_embedding",
                                                  "time_emb_proj",
                                                  "add_embedding",
                                                  "linear_1",
                                                  "linear_2",
                                                  "conv_shortcut",
                                                  "conv_norm_out",
                                                  "conv_in",
                                                  "conv_out",
                                                  "conv1",
                                                  "conv2",
                                                  "conv3",
                                                  "conv4",
                                                  "conv",
                                                  "proj_in",
                                                  "proj_out",
                                                  "proj",
                                                  "attn1",
                                                  "attn2",
                                                  "to_q",
                                                  "to_k",
                                                  "to_v",
                                                  "to_out",
                                                  "ff",
                                                  "net",
                                                  "norm",
                                                  "nonlinearity",
                                                  "op",
                                                  "out"};

// Before the path of a module: PEFT's, LDM's, ComfyUI's, diffusers'.
constexpr std::array<std::string_view, 4> kUNets{kPeftPrefix, "model.diffusion_model.",
                                                 "diffusion_model.", "unet."};
// diffusers (text_encoder, text_encoder_2), ComfyUI (text_encoders.clip_l), kohya, LDM, PEFT.
constexpr std::array<std::string_view, 9> kTextEncoders{
    "text_encoder.",     "text_encoder_2.", "text_encoders.",
    "lora_te_",          "lora_te1_",       "lora_te2_",
    "cond_stage_model.", "conditioner.",    "base_model.model.text_model."};

size_t length_of_number(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && std::isdigit(static_cast<unsigned char>(text[n]))) ++n;
  return n;
}

// Length of the name or number at the start of `text` that ends with it or before an underscore; 0
// if there is none.
size_t length_of_part(std::string_view text) {
  auto ends = [&](size_t n) { return n > 0 && (n == text.size() || text[n] == '_'); };
  if (size_t n = length_of_number(text); ends(n)) return n;
  for (std::string_view name : kNames) {
    if (text.starts_with(name) && ends(name.size())) return name.size();
  }
  return 0;
}

std::optional<std::string> path_from_kohya(std::string_view flat) {
  std::string path;
  while (!flat.empty()) {
    size_t n = length_of_part(flat);
    if (n == 0) return std::nullopt;
    if (!path.empty()) path += '.';
    path += flat.substr(0, n);
    flat.remove_prefix(n < flat.size() ? n + 1 : n);
  }
  return path;
}

// Attention processors of diffusers up to 0.20: attn1.processor.to_q_lora.down.weight, to_out_lora
// for to_out.0.
std::optional<LoraKey> from_processor(const std::string& name) {
  size_t at = name.find(".processor.");
  if (at == std::string::npos) return std::nullopt;
  std::string rest = name.substr(at + std::string_view(".processor.").size());
  Part part = Part::A;
  if (drop_suffix(rest, "_lora.up.weight")) {
    part = Part::B;
  } else if (!drop_suffix(rest, "_lora.down.weight")) {
    return std::nullopt;
  }
  return LoraKey{part, name.substr(0, at) + "." + (rest == "to_out" ? "to_out.0" : rest)};
}

}  // namespace

bool is_text_encoder_key(const std::string& name) {
  return std::ranges::any_of(kTextEncoders,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

std::optional<LoraKey> parse_lora_key(const std::string& name) {
  if (is_text_encoder_key(name)) return std::nullopt;
  std::string path = name;
  const bool kohya = drop_prefix(path, "lora_unet_");
  for (const std::string_view prefix : kUNets)
    if (!kohya && drop_prefix(path, prefix)) break;
  if (auto key = from_processor(path)) return key;
  for (const Ending& ending : kEndings) {
    if (!drop_suffix(path, ending.text) || path.empty()) continue;
    if (!kohya) return LoraKey{ending.part, path};
    auto module = path_from_kohya(path);
    if (!module) return std::nullopt;
    return LoraKey{ending.part, *module};
  }
  return std::nullopt;
}

}  // namespace svg::formats
