// Reference tensors made by the scripts in test/golden, and the comparison with them.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "libcore/base/json.h"

namespace svg::test {

// test/golden/<path>
std::string golden_path(const std::string& path);
std::string read_text(const std::string& path);
json read_json(const std::string& path);
// Every tensor of a safetensors file by name, on the CPU in its own dtype.
std::map<std::string, at::Tensor> read_tensors(const std::string& path);

// The largest difference, relative to the largest number of `expected`; infinite where shapes
// differ or a number is not finite.
double relative_error(const at::Tensor& actual, const at::Tensor& expected);

}  // namespace svg::test
