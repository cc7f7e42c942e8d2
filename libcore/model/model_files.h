// A model directory (formats/model/model_directory.h) on its way to tensors, and one written
// component by component. Page: formats/model-directory.md.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/model/model_directory.h"
#include "libcore/base/json.h"
#include "libcore/tensor/parameters.h"

namespace svg {

using formats::ModelDirectory;

// The weights of a component, or fresh ones where it has none and `fresh_seed` is given (said in
// the log).
Parameters parameters_of(const ModelDirectory& model, const std::string& component,
                         at::ScalarType dtype, at::Device device,
                         std::optional<uint64_t> fresh_seed = std::nullopt);

// Writes output/<component>/config.json and weights, atomically file by file.
void save_component(const ModelDirectory& model, const std::string& output,
                    const std::string& component, const json& config,
                    const std::vector<std::pair<std::string, at::Tensor>>& weights,
                    at::ScalarType dtype);
// Completes `output`: model_index.json, svg.json, relative links to the components that this run
// did not write, provenance.json.
void finish_directory(const ModelDirectory& model, const std::string& output,
                      const std::string& tool, const ordered_json& settings, uint64_t seed);

}  // namespace svg
