#include <algorithm>

#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/diffusers_config.h"

namespace svg {

namespace {

std::array<int64_t, 2> sample_size_from(const json& doc, const std::string& where) {
  auto it = doc.find("sample_size");
  if (it == doc.end() || it->is_null()) return {32, 32};
  if (it->is_number_integer()) return {it->get<int64_t>(), it->get<int64_t>()};
  const auto pair = json_get<std::vector<int64_t>>(doc, "sample_size", where);
  require(pair.size() == 2, ErrorKind::Data, where,
          ": \"sample_size\" must be a number or [height, width]");
  return {pair[0], pair[1]};
}

void expect_stages(const json& doc, const char* key, const char* type, size_t count,
                   const std::string& where) {
  const auto types = json_get_or<std::vector<std::string>>(doc, key, {type}, where);
  require(types.size() == count, ErrorKind::Data, where, ": \"", key, "\" has ", types.size(),
          " entries, \"block_out_channels\" has ", count);
  for (const auto& name : types)
    require(name == type, ErrorKind::Data, where, ": \"", key, "\" names \"", name, "\"; only \"",
            type, "\" is supported");
}

// Far beyond what models have: names and shapes are made of these numbers before any weight is
// seen.
constexpr int64_t kMaxSize = 65'536, kMaxLayers = 64;

void validate(const AutoencoderKLConfig& c, const std::string& where) {
  require(c.in_channels > 0 && c.out_channels > 0 && c.latent_channels > 0 &&
              c.layers_per_block > 0 && c.norm_num_groups > 0,
          ErrorKind::Data, where, ": channels, layers and groups must be positive");
  require(!c.block_out_channels.empty(), ErrorKind::Data, where,
          ": \"block_out_channels\" is empty");
  require(std::max({c.in_channels, c.out_channels, c.latent_channels}) <= kMaxSize &&
              static_cast<int64_t>(c.block_out_channels.size()) <= kMaxLayers &&
              c.layers_per_block <= kMaxLayers,
          ErrorKind::Data, where, ": more than ", kMaxSize, " channels, or ", kMaxLayers,
          " blocks or layers");
  for (int64_t width : c.block_out_channels)
    require(width <= kMaxSize && width > 0 && width % c.norm_num_groups == 0, ErrorKind::Data,
            where, ": a block of ", width, " channels cannot be normed in ", c.norm_num_groups,
            " groups");
  require(c.scaling_factor > 0, ErrorKind::Data, where, ": \"scaling_factor\" must be positive");
  const auto channels = static_cast<size_t>(c.latent_channels);
  const bool per_channel = !c.latents_mean.empty() || !c.latents_std.empty();
  require(!per_channel || (c.latents_mean.size() == channels && c.latents_std.size() == channels),
          ErrorKind::Data, where,
          ": \"latents_mean\" and \"latents_std\" must both have one number for each of the ",
          channels, " latent channels");
  require(!(per_channel && c.shift_factor), ErrorKind::Data, where,
          ": \"latents_mean\" and \"shift_factor\" exclude each other");
}

}  // namespace

AutoencoderKLConfig autoencoder_kl_config(const json& doc, const std::string& where) {
  expect_class_name(doc, "AutoencoderKL", where);
  expect_known_keys(
      doc,
      {"in_channels", "out_channels", "down_block_types", "up_block_types", "block_out_channels",
       "layers_per_block", "act_fn", "latent_channels", "norm_num_groups", "sample_size",
       "scaling_factor", "shift_factor", "latents_mean", "latents_std", "force_upcast",
       "use_quant_conv", "use_post_quant_conv", "mid_block_add_attention"},
      where);
  AutoencoderKLConfig c;
  c.in_channels = json_get_or(doc, "in_channels", c.in_channels, where);
  c.out_channels = json_get_or(doc, "out_channels", c.out_channels, where);
  c.block_out_channels = json_get_or(doc, "block_out_channels", c.block_out_channels, where);
  expect_stages(doc, "down_block_types", "DownEncoderBlock2D", c.block_out_channels.size(), where);
  expect_stages(doc, "up_block_types", "UpDecoderBlock2D", c.block_out_channels.size(), where);
  c.layers_per_block = json_get_or(doc, "layers_per_block", c.layers_per_block, where);
  c.act_fn = json_get_or(doc, "act_fn", c.act_fn, where);
  nn::activation_from(c.act_fn, where);
  c.latent_channels = json_get_or(doc, "latent_channels", c.latent_channels, where);
  c.norm_num_groups = json_get_or(doc, "norm_num_groups", c.norm_num_groups, where);
  c.sample_size = sample_size_from(doc, where);
  c.scaling_factor = json_get_or(doc, "scaling_factor", c.scaling_factor, where);
  if (auto it = doc.find("shift_factor"); it != doc.end() && !it->is_null())
    c.shift_factor = json_get<double>(doc, "shift_factor", where);
  c.latents_mean = json_get_or(doc, "latents_mean", c.latents_mean, where);
  c.latents_std = json_get_or(doc, "latents_std", c.latents_std, where);
  c.force_upcast = json_get_or(doc, "force_upcast", c.force_upcast, where);
  c.use_quant_conv = json_get_or(doc, "use_quant_conv", c.use_quant_conv, where);
  c.use_post_quant_conv = json_get_or(doc, "use_post_quant_conv", c.use_post_quant_conv, where);
  c.mid_block_add_attention =
      json_get_or(doc, "mid_block_add_attention", c.mid_block_add_attention, where);
  validate(c, where);
  return c;
}

json to_json(const AutoencoderKLConfig& c) {
  const size_t stages = c.block_out_channels.size();
  const bool square = c.sample_size[0] == c.sample_size[1];
  json doc = {
      {"_class_name", "AutoencoderKL"},
      {"_diffusers_version", kDiffusersVersion},
      {"in_channels", c.in_channels},
      {"out_channels", c.out_channels},
      {"down_block_types", std::vector<std::string>(stages, "DownEncoderBlock2D")},
      {"up_block_types", std::vector<std::string>(stages, "UpDecoderBlock2D")},
      {"block_out_channels", c.block_out_channels},
      {"layers_per_block", c.layers_per_block},
      {"act_fn", c.act_fn},
      {"latent_channels", c.latent_channels},
      {"norm_num_groups", c.norm_num_groups},
      {"sample_size", square ? json(c.sample_size[0]) : json(c.sample_size)},
      {"scaling_factor", c.scaling_factor},
      {"shift_factor", c.shift_factor ? json(*c.shift_factor) : json()},
      {"latents_mean", c.latents_mean.empty() ? json() : json(c.latents_mean)},
      {"latents_std", c.latents_std.empty() ? json() : json(c.latents_std)},
      {"force_upcast", c.force_upcast},
      {"use_quant_conv", c.use_quant_conv},
      {"use_post_quant_conv", c.use_post_quant_conv},
      {"mid_block_add_attention", c.mid_block_add_attention},
  };
  return doc;
}

}  // namespace svg
