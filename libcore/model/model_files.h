// A model directory in the layout of a diffusers pipeline: its components' configurations, their weights on the way to tensors, and
// a directory written component by component. Page: formats/model-directory.md.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/base/json.h"
#include "formats/safetensors.h"
#include "libcore/tensor/parameters.h"

namespace svg {

class ModelFiles {
 public:
  explicit ModelFiles(std::string directory);

  const std::string& directory() const { return directory_; }
  // config.json of a component ("scheduler": scheduler_config.json). Throws Error{NoInput} naming the component.
  json component_config(const std::string& component) const;
  bool has_weights(const std::string& component, const std::string& stem) const;
  // The weights of a component, or fresh ones where it has none and `fresh_seed` is given (said in the log).
  Parameters parameters(const std::string& component, const std::string& stem, at::ScalarType dtype, at::Device device,
                        std::optional<uint64_t> fresh_seed = std::nullopt) const;
  // "xxh128:..." over names, shapes and values as stored; equal weights in equal dtype have equal fingerprints.
  std::string fingerprint(const std::string& component, const std::string& stem) const;
  // svg.json: the settings that suit this model; an empty object where there is none.
  json settings() const;

  // Writes output/<component>/config.json and weights, atomically file by file.
  void save_component(const std::string& output, const std::string& component, const json& config, const std::string& stem,
                      const std::vector<std::pair<std::string, at::Tensor>>& weights, at::ScalarType dtype) const;
  // Completes `output`: model_index.json, svg.json, relative links to the components that this run did not write, provenance.json.
  void finish_directory(const std::string& output, const std::string& tool, const ordered_json& settings, uint64_t seed) const;

 private:
  std::string directory_;
  json index_;
};

// Throws Error{NoInput} where there is no model_index.json.
ModelFiles open_model(const std::string& directory);

}  // namespace svg
