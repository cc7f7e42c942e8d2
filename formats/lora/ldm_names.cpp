#include "formats/lora/ldm_names.h"

#include <array>
#include <optional>
#include <string_view>

#include "libcore/base/error.h"

namespace svg::formats {
namespace {

struct Renamed {
  std::string_view ldm, diffusers;
};
// openaimodel.ResBlock, and TemporalConvBlock_v2 of ModelScope, whose spelling this is.
constexpr std::array<Renamed, 4> kResnet{{{"in_layers.2", "conv1"},
                                          {"out_layers.3", "conv2"},
                                          {"emb_layers.1", "time_emb_proj"},
                                          {"skip_connection", "conv_shortcut"}}};
constexpr std::string_view kTemporalConvolution = "temopral_conv.";
constexpr std::array<Renamed, 5> kOutside{{{"input_blocks.0.0", "conv_in"},
                                           {"input_blocks.0.1", "transformer_in"},
                                           {"time_embed.0", "time_embedding.linear_1"},
                                           {"time_embed.2", "time_embedding.linear_2"},
                                           {"out.2", "conv_out"}}};

// Takes "12." off the beginning of `text`.
std::optional<int64_t> take_number(std::string_view& text) {
  size_t n = 0;
  int64_t number = 0;
  while (n < text.size() && n < 4 && text[n] >= '0' && text[n] <= '9')
    number = number * 10 + (text[n++] - '0');
  if (n == 0 || n == text.size() || text[n] != '.') return std::nullopt;
  text.remove_prefix(n + 1);
  return number;
}

// What one layer of a block holds: `layer` is its place among the layers, `inner` its number within
// (0 the residual block, 1 attention over the frame, 2 over time).
std::string inside(std::string_view rest, int64_t inner, int64_t layer) {
  for (const auto& [ldm, diffusers] : kResnet)
    if (rest == ldm) return cat("resnets.", layer, ".", diffusers);
  if (rest.starts_with(kTemporalConvolution))
    return cat("temp_convs.", layer, ".", rest.substr(kTemporalConvolution.size()));
  if (rest == "op") return "downsamplers.0.conv";
  if (rest == "conv") return "upsamplers.0.conv";
  return cat(inner == 2 ? "temp_attentions." : "attentions.", layer, ".", rest);
}

}  // namespace

std::string diffusers_name_of(const std::string& module, int64_t layers_per_block) {
  for (const auto& [ldm, diffusers] : kOutside) {
    if (module == ldm) return std::string(diffusers);
    if (module.starts_with(ldm) && module[ldm.size()] == '.')
      return cat(diffusers, module.substr(ldm.size()));
  }
  std::string_view rest = module;
  const auto take = [&](std::string_view prefix) {
    const bool there = rest.starts_with(prefix);
    if (there) rest.remove_prefix(prefix.size());
    return there;
  };
  if (take("middle_block.")) {
    // One attention, over the frame and perhaps over time, between two residual blocks.
    const auto inner = take_number(rest);
    if (!inner) return module;
    std::string_view first = rest.substr(0, rest.find('.'));
    const bool convolves = first == "in_layers" || first == "out_layers" || first == "emb_layers" ||
                           first == "skip_connection" || rest.starts_with(kTemporalConvolution);
    return "mid_block." + inside(rest, *inner, convolves && *inner > 0 ? 1 : 0);
  }
  // The first input block is conv_in; behind the layers of each comes the one that halves it. The
  // output blocks have one layer more.
  const bool in = take("input_blocks."), out = !in && take("output_blocks.");
  const auto block = in || out ? take_number(rest) : std::nullopt;
  if (!block || (in && *block == 0)) return module;
  const auto inner = rest == "op" ? std::optional<int64_t>(0) : take_number(rest);  // ModelScope's
  if (!inner) return module;
  const int64_t place = in ? *block - 1 : *block, layers = layers_per_block + 1;
  return cat(in ? "down_blocks." : "up_blocks.", place / layers, ".",
             inside(rest, *inner, place % layers));
}

}  // namespace svg::formats
