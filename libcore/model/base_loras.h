// --lora FILE[:SCALE]...: LoRAs added to the base weights for a run.
#pragma once
#include <string>
#include <vector>

#include "formats/model/model_directory.h"
#include "libcore/tensor/parameters.h"

namespace svg {

// For each adapted layer, linear or convolution, W + sum of SCALE * alpha/rank * B A, summed in
// fp32 from the untouched W and written into it once. FILE: a safetensors file of PEFT, diffusers,
// kohya or LDM, or a folder of one of the first two. Returns the fingerprint of the changed model,
// made from that of the plain one: memories of the two do not fit each other. Throws Error{Usage,
// NoInput, Data}, Error{Config} for a layer that the model lacks and for a delta of ours that
// belongs to another model.
std::string add_base_loras(const std::vector<std::string>& files, Parameters& unet,
                           const formats::ModelDirectory& model);

}  // namespace svg
