// The config.json of diffusers' UNet3DConditionModel (the ModelScopeT2V backbone). Field names and
// defaults are its own.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg {

struct UNet3DConfig {
  std::vector<int64_t> sample_size;  // latent size the model is meant for: {}, {size} or {height,
                                     // width}; not used here
  int64_t in_channels = 4;
  int64_t out_channels = 4;
  std::vector<std::string> down_block_types = {"CrossAttnDownBlock3D", "CrossAttnDownBlock3D",
                                               "CrossAttnDownBlock3D", "DownBlock3D"};
  std::vector<std::string> up_block_types = {"UpBlock3D", "CrossAttnUpBlock3D",
                                             "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"};
  std::vector<int64_t> block_out_channels = {320, 640, 1280, 1280};
  int64_t layers_per_block = 2;
  int64_t downsample_padding = 1;
  double mid_block_scale_factor = 1;
  std::string act_fn = "silu";
  int64_t norm_num_groups = 32;
  double norm_eps = 1e-5;
  int64_t cross_attention_dim = 1024;
  // The width of a head in every transformer; there are width / head width of them (rounded down),
  // but always 8 in transformer_in. (diffusers calls it the number of heads on the way there, and
  // then swaps the two once more.)
  int64_t attention_head_dim = 64;
};

// Keys that are absent get their defaults; keys with a leading underscore are left aside. Throws
// Error{Data}, naming `where` and the field, for unknown keys, for values that this class cannot
// have, and for the three that diffusers' own class refuses or never uses: num_attention_heads, a
// list as attention_head_dim, time_cond_proj_dim.
UNet3DConfig unet3d_config_from(const json&, const std::string& where);
// With every field and "_class_name": what diffusers loads.
json to_json(const UNet3DConfig&);

}  // namespace svg
