#include "formats/model/model_directory.h"

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/path.h"

namespace svg::formats {
namespace {

constexpr size_t kMaxConfigBytes = size_t{16} << 20;  // the largest have a few kB

json read_object(const std::string& path) {
  json doc = parse_json(read_file(path, kMaxConfigBytes), path);
  require(doc.is_object(), ErrorKind::Data, path, ": expected a JSON object");
  return doc;
}

// The components of the index: members that are lists of a library and a class. Optional ones may
// be [null, null].
std::map<std::string, ModelDirectory::Component> read_components(const json& index,
                                                                 const std::string& where) {
  std::map<std::string, ModelDirectory::Component> components;
  for (const auto& [name, entry] : index.items()) {
    if (!entry.is_array()) continue;
    require(entry.size() == 2, ErrorKind::Data, where, ": component ", name,
            ": expected [library, class]");
    if (entry[0].is_null() && entry[1].is_null()) continue;
    bool texts = entry[0].is_string() && entry[1].is_string();
    require(texts, ErrorKind::Data, where, ": component ", name, ": expected [library, class]");
    bool inside =
        !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
    require(inside, ErrorKind::Data, where, ": component ", name,
            ": is no name of a folder beside model_index.json");
    components[name] = {entry[0].get<std::string>(), entry[1].get<std::string>()};
  }
  return components;
}

}  // namespace

ModelDirectory::ModelDirectory(const std::string& path) : path_(path), defaults_(json::object()) {
  require(is_folder(path), ErrorKind::NoInput, "cannot open model ", path, ": no such directory",
          dangling_note(path));
  std::string where = path + "/model_index.json";
  require(path_exists(where), ErrorKind::NoInput, path,
          ": no model_index.json: not a model directory", dangling_note(where));
  index_ = read_object(where);
  components_ = read_components(index_, where);
  if (path_exists(path + "/svg.json")) defaults_ = read_object(path + "/svg.json");
}

const ModelDirectory::Component& ModelDirectory::component(const std::string& name) const {
  auto it = components_.find(name);
  require(it != components_.end(), ErrorKind::Data, path_, "/model_index.json: names no component ",
          name);
  return it->second;
}

std::string ModelDirectory::component_path(const std::string& name) const {
  component(name);
  std::string folder = path_ + "/" + name;
  if (is_folder(folder)) return folder;
  const std::string note = dangling_note(folder);
  require(note.empty(), ErrorKind::NoInput, folder, note,
          ": keep the model it comes from beside this one, or copy with cp -rL");
  fail(ErrorKind::NoInput, folder, ": missing, but model_index.json names this component");
}

std::string config_file_of(const std::string& component) {
  bool special = component == "scheduler" || component == "tokenizer";
  return special ? component + "_config.json" : "config.json";
}

std::string ModelDirectory::config_path(const std::string& name) const {
  return component_path(name) + "/" + config_file_of(name);
}

json ModelDirectory::config(const std::string& name) const {
  std::string file = config_path(name);
  require(path_exists(file), ErrorKind::NoInput, file, ": missing", dangling_note(file));
  return read_object(file);
}

std::string ModelDirectory::weights_stem(const std::string& name) const {
  return component(name).library == "diffusers" ? "diffusion_pytorch_model" : "model";
}

std::shared_ptr<const WeightFiles> ModelDirectory::weights(const std::string& name) const {
  auto& files = opened_[name];
  if (!files) files = std::make_shared<const WeightFiles>(component_path(name), weights_stem(name));
  return files;
}

const std::string& ModelDirectory::fingerprint(const std::string& name) const {
  auto& print = fingerprints_[name];
  if (print.empty()) print = formats::fingerprint(*weights(name));
  return print;
}

bool ModelDirectory::has_weights(const std::string& name) const {
  std::string folder = path_ + "/" + name;
  if (!is_folder(folder)) return false;
  for (const std::string& file : names_in(folder)) {
    if (file.ends_with(".safetensors") || file.ends_with(".bin") || file.ends_with(".index.json"))
      return true;
  }
  return false;
}

std::string fingerprint(const WeightFiles& weights) {
  Xxh128 hash;
  auto add = [&](const std::string& text) {
    hash.update(as_bytes_of(text));
    hash.update(as_bytes_of(std::string(1, '\0')));
  };
  for (const auto& [name, tensor] : weights.tensors()) {
    add(name);
    add(dtype_name(tensor.dtype));
    std::string shape;
    for (int64_t n : tensor.shape) shape += (shape.empty() ? "" : ",") + std::to_string(n);
    add(shape);
    hash.update(tensor.bytes);
    release_pages(tensor);
  }
  return "xxh128:" + hash.hex();
}

}  // namespace svg::formats
