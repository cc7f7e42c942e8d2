// Weights that need no file: drawn by a rule that test/golden/modelscope.py has too, to the same
// bits.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "libcore/base/json.h"

namespace svg::test {

// f32 on the CPU; matrices and kernels keep the scale of what goes through them, norms are about 1.
at::Tensor made_weight(const std::string& name, at::IntArrayRef shape);

// Writes `folder`: the model directory with the narrow structure of ModelScopeT2V
// (test/golden/modelscope/narrow) and made weights.
void write_narrow_modelscope(const std::string& folder);

}  // namespace svg::test
