// --lora FILE[:SCALE]: a LoRA added to the base weights for a run.
#pragma once
#include <string>

#include "libcore/tensor/parameters.h"

namespace svg {

// W + SCALE * alpha/rank * B A, computed in fp32 and written into the weights. Returns what to append to the model's fingerprint, since
// memories of the changed model do not fit the plain one. Throws Error{NoInput, Data}, Error{Config} for a layer that the model lacks.
std::string apply_lora_file(const std::string& file_and_scale, Parameters&);

}  // namespace svg
