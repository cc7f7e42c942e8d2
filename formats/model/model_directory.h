// A model directory, laid out as a diffusers pipeline: model_index.json and one folder a component,
// each with its configuration and its weights. Page: formats/model-directory.md. Torch-free: what
// is there, not what it computes. An object is for one thread at a time.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "formats/safetensors.h"
#include "libcore/base/json.h"

namespace svg::formats {

class ModelDirectory {
 public:
  // Reads model_index.json and svg.json. Throws Error{NoInput} where the directory or its index is
  // missing, Error{Data}.
  explicit ModelDirectory(const std::string& path);

  const std::string& path() const { return path_; }
  const json& index() const { return index_; }
  // The settings that suit this model (svg.json), the defaults of flags; an empty object where
  // there is no such file.
  const json& defaults() const { return defaults_; }

  struct Component {
    std::string library, class_name;  // "diffusers", "UNet3DConditionModel"
  };
  const std::map<std::string, Component>& components() const { return components_; }
  bool has(const std::string& name) const { return components_.contains(name); }
  // Throw Error{Data} where the index does not name the component, Error{NoInput} where its folder
  // is missing (a link that leads nowhere is said to be one).
  const Component& component(const std::string& name) const;
  std::string component_path(const std::string& name) const;
  json config(const std::string& name) const;
  // The file of config(name), for messages.
  std::string config_path(const std::string& name) const;
  // The weights, opened by the first call and shared by all: a file that has a digest is read whole
  // to check it.
  std::shared_ptr<const WeightFiles> weights(const std::string& name) const;
  // fingerprint() of them, which reads them whole: in the first call alone.
  const std::string& fingerprint(const std::string& name) const;
  // Whether there are any, also in a form that weights() refuses.
  bool has_weights(const std::string& name) const;
  // Their file name without ".safetensors", under which the component's library saves.
  std::string weights_stem(const std::string& name) const;

 private:
  std::string path_;
  json index_, defaults_;
  std::map<std::string, Component> components_;
  mutable std::map<std::string, std::shared_ptr<const WeightFiles>> opened_;
  mutable std::map<std::string, std::string> fingerprints_;
};

// "config.json"; "scheduler_config.json" and "tokenizer_config.json" for those two.
std::string config_file_of(const std::string& component);

// "xxh128:" and 32 hex digits over name, dtype, shape and bytes of each tensor in the order of
// names: the same however the weights are cut into shards. It names a model in streams, memories,
// deltas and provenance.
std::string fingerprint(const WeightFiles& weights);

}  // namespace svg::formats
