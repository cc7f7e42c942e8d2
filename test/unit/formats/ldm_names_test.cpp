#include "formats/lora/ldm_names.h"

#include "test/support/catch.h"

using svg::formats::diffusers_name_of;

// Stable Diffusion's and ModelScope's UNets have two layers a block: diffusers'
// convert_ldm_unet_checkpoint and _maybe_map_sgm_blocks_to_diffusers.
CATCH_TEST_CASE("LDM's numbers of blocks are diffusers' blocks and layers", "[formats]") {
  const std::pair<const char*, const char*> cases[] = {
      {"input_blocks.0.0", "conv_in"},
      {"input_blocks.0.1.transformer_blocks.0.attn1.to_q",
       "transformer_in.transformer_blocks.0.attn1.to_q"},
      {"input_blocks.1.0.in_layers.2", "down_blocks.0.resnets.0.conv1"},
      {"input_blocks.2.1.proj_in", "down_blocks.0.attentions.1.proj_in"},
      {"input_blocks.2.2.proj_in", "down_blocks.0.temp_attentions.1.proj_in"},
      {"input_blocks.3.0.op", "down_blocks.0.downsamplers.0.conv"},
      {"input_blocks.6.op", "down_blocks.1.downsamplers.0.conv"},
      {"input_blocks.4.0.skip_connection", "down_blocks.1.resnets.0.conv_shortcut"},
      {"input_blocks.5.0.temopral_conv.conv1.2", "down_blocks.1.temp_convs.1.conv1.2"},
      {"middle_block.0.emb_layers.1", "mid_block.resnets.0.time_emb_proj"},
      {"middle_block.1.proj_out", "mid_block.attentions.0.proj_out"},
      {"middle_block.2.out_layers.3", "mid_block.resnets.1.conv2"},
      {"middle_block.2.proj_out", "mid_block.temp_attentions.0.proj_out"},
      {"middle_block.3.temopral_conv.conv2.3", "mid_block.temp_convs.1.conv2.3"},
      {"output_blocks.2.1.conv", "up_blocks.0.upsamplers.0.conv"},
      {"output_blocks.5.3.conv", "up_blocks.1.upsamplers.0.conv"},
      {"output_blocks.11.1.transformer_blocks.0.ff.net.2",
       "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.2"},
      {"time_embed.2", "time_embedding.linear_2"},
      {"out.2", "conv_out"}};
  for (const auto& [ldm, diffusers] : cases) CATCH_CHECK(diffusers_name_of(ldm, 2) == diffusers);
  CATCH_CHECK(diffusers_name_of("input_blocks.3.1.proj_in", 1) ==
              "down_blocks.1.attentions.0.proj_in");
  for (const char* other : {"down_blocks.0.attentions.1.proj_in", "input_blocks.0.2.x",
                            "input_blocks.one.0.op", "output_blocks.1", "middle_block.x.y", ""})
    CATCH_CHECK(diffusers_name_of(other, 2) == other);
}
