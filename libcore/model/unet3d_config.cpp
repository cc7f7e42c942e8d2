#include "libcore/model/unet3d_config.h"

#include <algorithm>
#include <array>

#include "libcore/nn/activation.h"

namespace svg {
namespace {

constexpr std::array kFields = {"sample_size",
                                "in_channels",
                                "out_channels",
                                "down_block_types",
                                "up_block_types",
                                "block_out_channels",
                                "layers_per_block",
                                "downsample_padding",
                                "act_fn",
                                "norm_num_groups",
                                "mid_block_scale_factor",
                                "norm_eps",
                                "attention_head_dim",
                                "cross_attention_dim",
                                "num_attention_heads",
                                "time_cond_proj_dim"};

// Far beyond what models have: names and shapes are made of these numbers before any weight is
// seen.
constexpr int64_t kMaxSize = 65'536, kMaxLayers = 64;

bool given(const json& doc, const char* key) {
  return doc.contains(key) && !doc[key].is_null();
}

void refuse(const std::string& where, const char* key, const std::string& what) {
  fail(ErrorKind::Data, where, ": \"", key, "\": ", what);
}

std::vector<int64_t> sizes_from(const json& doc, const std::string& where) {
  if (!given(doc, "sample_size")) return {};
  if (doc["sample_size"].is_array())
    return json_get<std::vector<int64_t>>(doc, "sample_size", where);
  return {json_get<int64_t>(doc, "sample_size", where)};
}

void validate(const UNet3DConfig& c, const std::string& where) {
  const auto positive = [&](const char* key, int64_t value) {
    if (value < 1) refuse(where, key, cat("is ", value, ", expected at least 1"));
    if (value > kMaxSize) refuse(where, key, cat("is ", value, ", expected at most ", kMaxSize));
  };
  positive("in_channels", c.in_channels);
  positive("out_channels", c.out_channels);
  positive("layers_per_block", c.layers_per_block);
  positive("norm_num_groups", c.norm_num_groups);
  positive("cross_attention_dim", c.cross_attention_dim);
  positive("attention_head_dim", c.attention_head_dim);
  const size_t levels = c.block_out_channels.size();
  if (levels == 0) refuse(where, "block_out_channels", "is empty");
  if (levels > kMaxLayers || c.layers_per_block > kMaxLayers)
    refuse(where, "block_out_channels", cat("or \"layers_per_block\" is above ", kMaxLayers));
  if (c.down_block_types.size() != levels || c.up_block_types.size() != levels) {
    refuse(where, "down_block_types",
           cat("has ", c.down_block_types.size(), " entries and \"up_block_types\" ",
               c.up_block_types.size(), ", but \"block_out_channels\" has ", levels,
               ": expected equal lengths"));
  }
  for (int64_t channels : c.block_out_channels) {
    positive("block_out_channels", channels);
    if (channels % c.norm_num_groups != 0) {
      refuse(where, "norm_num_groups",
             cat("is ", c.norm_num_groups, ", which does not divide the width ", channels));
    }
  }
  if (c.block_out_channels[0] < 2)
    refuse(where, "block_out_channels", "begins with 1, expected at least 2");
  for (const auto& type : c.down_block_types) {
    if (type != "CrossAttnDownBlock3D" && type != "DownBlock3D") {
      refuse(where, "down_block_types",
             cat("\"", type, "\" is not one of CrossAttnDownBlock3D, DownBlock3D"));
    }
  }
  for (const auto& type : c.up_block_types) {
    if (type != "CrossAttnUpBlock3D" && type != "UpBlock3D") {
      refuse(where, "up_block_types",
             cat("\"", type, "\" is not one of CrossAttnUpBlock3D, UpBlock3D"));
    }
  }
  for (size_t level = 0; level < levels; ++level) {
    const bool attends = level + 1 == levels ||
                         c.down_block_types[level] == "CrossAttnDownBlock3D" ||
                         c.up_block_types[levels - 1 - level] == "CrossAttnUpBlock3D";
    if (attends && c.block_out_channels[level] < c.attention_head_dim) {
      refuse(where, "attention_head_dim",
             cat("is ", c.attention_head_dim, ", more than the width ", c.block_out_channels[level],
                 " of level ", level));
    }
  }
  if (c.downsample_padding < 0 || c.downsample_padding > kMaxLayers)
    refuse(where, "downsample_padding", cat("is ", c.downsample_padding, ", expected 0 or 1"));
  if (c.mid_block_scale_factor == 0) refuse(where, "mid_block_scale_factor", "is 0");
  nn::activation_from(c.act_fn, where + ": \"act_fn\"");
}

}  // namespace

UNet3DConfig unet3d_config_from(const json& doc, const std::string& where) {
  require(doc.is_object(), ErrorKind::Data, where, ": expected a JSON object");
  for (const auto& [key, value] : doc.items()) {
    if (!key.starts_with("_") && std::find(kFields.begin(), kFields.end(), key) == kFields.end()) {
      refuse(where, key.c_str(), "is not a setting of UNet3DConditionModel");
    }
  }
  if (given(doc, "_class_name")) {
    const auto name = json_get<std::string>(doc, "_class_name", where);
    if (name != "UNet3DConditionModel")
      refuse(where, "_class_name", cat("is ", name, ", expected UNet3DConditionModel"));
  }
  if (given(doc, "num_attention_heads"))
    refuse(where, "num_attention_heads", "expected null, as diffusers does");
  if (given(doc, "time_cond_proj_dim")) {
    refuse(where, "time_cond_proj_dim",
           "expected null: a UNet conditioned on its guidance scale is not supported");
  }
  if (given(doc, "attention_head_dim") && doc["attention_head_dim"].is_array()) {
    refuse(where, "attention_head_dim",
           "is a list; expected one number, since transformer_in takes its head width from it");
  }
  for (const char* key : {"norm_num_groups", "cross_attention_dim"}) {
    if (doc.contains(key) && doc[key].is_null()) refuse(where, key, "is null, expected a number");
  }
  UNet3DConfig c;
  c.sample_size = sizes_from(doc, where);
  c.in_channels = json_get_or(doc, "in_channels", c.in_channels, where);
  c.out_channels = json_get_or(doc, "out_channels", c.out_channels, where);
  c.down_block_types = json_get_or(doc, "down_block_types", c.down_block_types, where);
  c.up_block_types = json_get_or(doc, "up_block_types", c.up_block_types, where);
  c.block_out_channels = json_get_or(doc, "block_out_channels", c.block_out_channels, where);
  c.layers_per_block = json_get_or(doc, "layers_per_block", c.layers_per_block, where);
  c.downsample_padding = json_get_or(doc, "downsample_padding", c.downsample_padding, where);
  c.mid_block_scale_factor =
      json_get_or(doc, "mid_block_scale_factor", c.mid_block_scale_factor, where);
  c.act_fn = json_get_or(doc, "act_fn", c.act_fn, where);
  c.norm_num_groups = json_get_or(doc, "norm_num_groups", c.norm_num_groups, where);
  c.norm_eps = json_get_or(doc, "norm_eps", c.norm_eps, where);
  c.cross_attention_dim = json_get_or(doc, "cross_attention_dim", c.cross_attention_dim, where);
  c.attention_head_dim = json_get_or(doc, "attention_head_dim", c.attention_head_dim, where);
  validate(c, where);
  return c;
}

json to_json(const UNet3DConfig& c) {
  json doc = {{"_class_name", "UNet3DConditionModel"},
              {"sample_size", nullptr},
              {"in_channels", c.in_channels},
              {"out_channels", c.out_channels},
              {"down_block_types", c.down_block_types},
              {"up_block_types", c.up_block_types},
              {"block_out_channels", c.block_out_channels},
              {"layers_per_block", c.layers_per_block},
              {"downsample_padding", c.downsample_padding},
              {"mid_block_scale_factor", c.mid_block_scale_factor},
              {"act_fn", c.act_fn},
              {"norm_num_groups", c.norm_num_groups},
              {"norm_eps", c.norm_eps},
              {"cross_attention_dim", c.cross_attention_dim},
              {"attention_head_dim", c.attention_head_dim},
              {"num_attention_heads", nullptr},
              {"time_cond_proj_dim", nullptr}};
  if (c.sample_size.size() == 1) doc["sample_size"] = c.sample_size[0];
  if (c.sample_size.size() > 1) doc["sample_size"] = c.sample_size;
  return doc;
}

}  // namespace svg
