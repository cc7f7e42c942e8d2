#include "libcore/model/model_files.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "formats/base/atomic_file.h"
#include "formats/base/error.h"
#include "formats/base/hash.h"
#include "formats/base/log.h"
#include "formats/model_directory.h"
#include "formats/provenance.h"

namespace svg {

namespace fs = std::filesystem;

namespace {

json read_json(const std::string& path) { return parse_json(read_file(path, size_t{1} << 26), path); }

std::string config_name(const std::string& component) {
  return component == "scheduler" ? "scheduler_config.json" : component == "tokenizer" ? "tokenizer_config.json" : "config.json";
}

}  // namespace

ModelFiles open_model(const std::string& directory) {
  require(fs::is_directory(directory), ErrorKind::NoInput, directory, ": no such model directory");
  return ModelFiles(directory);
}

ModelFiles::ModelFiles(std::string directory) : directory_(std::move(directory)) {
  index_ = read_json(directory_ + "/model_index.json");
}

json ModelFiles::component_config(const std::string& component) const {
  const auto path = directory_ + "/" + component + "/" + config_name(component);
  require(fs::exists(path), ErrorKind::NoInput, path, ": missing: the model directory has no component \"", component, "\"");
  return read_json(path);
}

bool ModelFiles::has_weights(const std::string& component, const std::string& stem) const {
  for (const char* ending : {".safetensors", ".safetensors.index.json", ".fp16.safetensors", ".bin", ".fp16.bin"}) {
    if (fs::exists(directory_ + "/" + component + "/" + stem + ending)) return true;
  }
  return false;
}

Parameters ModelFiles::parameters(const std::string& component, const std::string& stem, at::ScalarType dtype,
                                  at::Device device, std::optional<uint64_t> fresh_seed) const {
  if (fresh_seed && !has_weights(component, stem)) {
    log_info(cat(directory_, "/", component, " has no weights: starting fresh"));
    return Parameters::fresh(*fresh_seed, device);
  }
  return Parameters::from_files(std::make_shared<formats::WeightFiles>(directory_ + "/" + component, stem), dtype, device,
                                directory_ + "/" + component);
}

std::string ModelFiles::fingerprint(const std::string& component, const std::string& stem) const {
  return formats::fingerprint(formats::WeightFiles(directory_ + "/" + component, stem));
}

json ModelFiles::settings() const {
  const auto path = directory_ + "/svg.json";
  return fs::exists(path) ? read_json(path) : json::object();
}

void ModelFiles::save_component(const std::string& output, const std::string& component, const json& config,
                                const std::string& stem,
                                const std::vector<std::pair<std::string, at::Tensor>>& weights,
                                at::ScalarType dtype) const {
  const auto folder = output + "/" + component;
  if (fs::is_symlink(folder)) fs::remove(folder);
  make_directories(folder);
  write_file_atomically(folder + "/" + config_name(component), config.dump(2) + "\n");
  save_tensors(folder + "/" + stem + ".safetensors", weights, dtype, {{"format", "pt"}});
}

void ModelFiles::finish_directory(const std::string& output, const std::string& tool, const ordered_json& settings,
                                  uint64_t seed) const {
  make_directories(output);
  ordered_json inputs = ordered_json::object();
  for (const auto& [component, value] : index_.items()) {
    const auto source = fs::path(directory_) / component, link = fs::path(output) / component;
    if (!value.is_array() || !fs::exists(source / config_name(component))) continue;
    inputs[component] = sha256_hex_of_file((source / config_name(component)).string());
    if (fs::exists(link) || fs::is_symlink(link)) continue;
    fs::create_directory_symlink(fs::relative(fs::canonical(source), fs::canonical(output)), link);
  }
  write_file_atomically(output + "/model_index.json", read_file(directory_ + "/model_index.json"));
  if (fs::exists(directory_ + "/svg.json")) write_file_atomically(output + "/svg.json", read_file(directory_ + "/svg.json"));
  write_file_atomically(output + "/provenance.json", formats::make_provenance(tool, settings, seed, inputs).dump(2) + "\n");
}

}  // namespace svg
