// Which file fast learning starts from: Theta_0, a LoRA delta. Torch-free.
#pragma once
#include <string>

#include "libcore/fast/fast_settings.h"

namespace svg::fast {

// Of a model directory (formats/model-directory.md): where memories start that are told nothing
// else.
constexpr const char* kModelStart = "fast/init.safetensors";

// Turns settings.init into the path that it stands for, with its digest: empty, the start of the
// model directory `model` where it has one; "sha256:...", as provenance names a start, that of the
// model, which must be the one. Throws Error{NoInput}, Error{Config} where the model's is another.
void find_start(FastSettings& settings, const std::string& model);

}  // namespace svg::fast
