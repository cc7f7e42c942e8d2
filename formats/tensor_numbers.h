// The numbers of a tensor in a file, where they are needed without torch. Internal to formats/.
#pragma once
#include <optional>
#include <vector>

#include "formats/lora/lora_delta.h"
#include "formats/safetensors.h"

namespace svg::formats {

// F32, F16 or BF16 as floats, exactly. Throws Error{Internal} for other types.
std::vector<float> floats_of(const TensorView& tensor);

// The first number of a tensor of any real type of 8 bits or more but the 8-bit floats; nullopt for
// others.
std::optional<double> number_of(const TensorView& tensor);

// Euclidean norm of alpha/rank * B A over all layers, computed on the factors: |B A|^2 = sum of
// (B'B) o (A A').
double norm_of_update(const std::vector<LoraLayer>& layers);

}  // namespace svg::formats
