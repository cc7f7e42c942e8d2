#include "libcore/model/model_files.h"

#include <unistd.h>

#include <filesystem>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"

namespace svg {

namespace fs = std::filesystem;

Parameters parameters_of(const ModelDirectory& model, const std::string& component,
                         at::ScalarType dtype, at::Device device,
                         std::optional<uint64_t> fresh_seed) {
  const auto folder = model.component_path(component);
  if (fresh_seed && !model.has_weights(component)) {
    log_info(cat(folder, " has no weights: starting fresh"));
    return Parameters::fresh(*fresh_seed, device);
  }
  return Parameters::from_files(model.weights(component), dtype, device, folder);
}

void save_component(const ModelDirectory& model, const std::string& output,
                    const std::string& component, const json& config,
                    const std::vector<std::pair<std::string, at::Tensor>>& weights,
                    at::ScalarType dtype) {
  const auto folder = output + "/" + component;
  require_system(!is_link(folder, ErrorKind::CannotCreate) || ::unlink(folder.c_str()) == 0,
                 ErrorKind::CannotCreate, "cannot replace the link ", folder);
  make_directories(folder);
  write_file_atomically(folder + "/config.json", config.dump(2) + "\n");
  save_tensors(folder + "/" + model.weights_stem(component) + ".safetensors", weights, dtype,
               {{"format", "pt"}});
}

void finish_directory(const ModelDirectory& model, const std::string& output,
                      const std::string& tool, const ordered_json& settings, uint64_t seed) {
  make_directories(output);
  ordered_json inputs = ordered_json::object();
  for (const auto& [component, value] : model.components()) {
    const auto source = fs::path(model.path()) / component, link = fs::path(output) / component;
    const auto config = source / formats::config_file_of(component);
    if (!path_exists(config)) continue;
    inputs[component] = sha256_hex_of_file(config.string());
    if (is_link(link, ErrorKind::CannotCreate) || path_exists(link, ErrorKind::CannotCreate))
      continue;
    std::error_code failed;
    const auto target = fs::relative(source, output, failed);
    if (!failed) fs::create_directory_symlink(target, link, failed);
    require(!failed, ErrorKind::CannotCreate, "cannot create the link ", link.string(), ": ",
            failed.message());
  }
  for (const char* name : {"/model_index.json", "/svg.json"}) {
    if (path_exists(model.path() + name))
      write_file_atomically(output + name, read_file(model.path() + name));
  }
  write_file_atomically(output + "/provenance.json",
                        formats::make_provenance(tool, settings, seed, inputs).dump(2) + "\n");
}

}  // namespace svg
