// The smallest UNet with everything in it: two levels, one with attention and one without.
#pragma once
#include "libcore/model/unet3d_config.h"

namespace svg::test {

// `wide`: 16 and 24 channels instead of 4 and 6, for what is measured in bytes.
inline UNet3DConfig two_level_unet(bool wide = false) {
  UNet3DConfig c;
  c.block_out_channels = wide ? std::vector<int64_t>{16, 24} : std::vector<int64_t>{4, 6};
  c.down_block_types = {"CrossAttnDownBlock3D", "DownBlock3D"};
  c.up_block_types = {"UpBlock3D", "CrossAttnUpBlock3D"};
  c.layers_per_block = 1;
  c.norm_num_groups = wide ? 4 : 2;
  c.attention_head_dim = wide ? 8 : 2;
  c.cross_attention_dim = wide ? 12 : 5;
  return c;
}

}  // namespace svg::test
