// The names that UNets have in the code of LDM (Stable Diffusion, ModelScope, ComfyUI), by number
// of their blocks. Torch-free.
#pragma once
#include <cstdint>
#include <string>

namespace svg::formats {

// "input_blocks.4.1.proj_in" is "down_blocks.1.attentions.0.proj_in" where blocks have two layers
// each (`layers_per_block` of the UNet's configuration). Names of another form stay as they are.
std::string diffusers_name_of(const std::string& module, int64_t layers_per_block);

}  // namespace svg::formats
