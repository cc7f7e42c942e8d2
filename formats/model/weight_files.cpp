// The weights of one model component, in one file or in shards (formats/safetensors.h,
// WeightFiles).
#include <utility>

#include "formats/safetensors.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/json.h"
#include "libcore/base/path.h"

namespace svg::formats {
namespace {

constexpr size_t kMaxIndexBytes = size_t{64} << 20;  // some hundred bytes a tensor

[[noreturn]] void fail_missing(const std::string& dir, const std::string& stem) {
  std::string bin;
  for (const std::string& name : names_in(dir)) {
    const std::string note = dangling_note(cat(dir, "/", name));
    require(note.empty() || name.find(".safetensors") == std::string::npos, ErrorKind::NoInput, dir,
            "/", name, note, ": download the model anew, or copy it with cp -rL");
    if (name.ends_with(".bin")) bin = name;
  }
  if (!bin.empty()) {
    fail(ErrorKind::NoInput, dir, ": only ", bin,
         " is there, a Python pickle that is not read; convert it: load the ",
         "model in diffusers or transformers and call save_pretrained(..., "
         "safe_serialization=True)");
  }
  fail(ErrorKind::NoInput, dir, ": no weights: expected ", stem, ".safetensors or ", stem,
       ".safetensors.index.json");
}

// tensor name -> shard, as the index says.
std::map<std::string, std::string> read_index(const std::string& path) {
  json index = parse_json(read_file(path, kMaxIndexBytes), path);
  auto placed = json_get<std::map<std::string, std::string>>(index, "weight_map", path);
  for (const auto& [name, shard] : placed) {
    bool plain = !shard.empty() && shard.find('/') == std::string::npos;
    require(plain, ErrorKind::Data, path, ": tensor ", name, ": \"", shard,
            "\" is not the name of a file beside the index");
  }
  return placed;
}

}  // namespace

WeightFiles::WeightFiles(const std::string& dir, const std::string& stem) {
  for (const char* variant : {"", ".fp16"}) {
    std::string single = cat(dir, "/", stem, variant, ".safetensors");
    if (!path_exists(single)) continue;
    files_.emplace_back(single);
    for (const TensorView& tensor : files_[0].view().tensors) tensors_[tensor.name] = tensor;
    return;
  }
  for (const char* variant : {"", ".fp16"}) {
    std::string path = cat(dir, "/", stem, ".safetensors.index", variant, ".json");
    if (!path_exists(path)) continue;
    std::map<std::string, std::string> placed = read_index(path);
    std::map<std::string, bool> opened;
    for (const auto& [name, shard] : placed) {
      if (std::exchange(opened[shard], true)) continue;
      files_.emplace_back(cat(dir, "/", shard));
      for (const TensorView& tensor : files_.back().view().tensors) {
        auto at = placed.find(tensor.name);
        require(
            at != placed.end() && at->second == shard, ErrorKind::Data, dir, "/", shard,
            ": tensor ", tensor.name,
            at == placed.end() ? " is not in the index" : " stands in another shard by the index");
        tensors_[tensor.name] = tensor;
      }
    }
    for (const auto& [name, shard] : placed) {
      require(tensors_.contains(name), ErrorKind::Data, dir, "/", shard, ": tensor ", name,
              " is missing, the index places it here");
    }
    require(!files_.empty(), ErrorKind::Data, path, ": \"weight_map\" is empty");
    return;
  }
  fail_missing(dir, stem);
}

Metadata WeightFiles::metadata() const {
  return files_.front().view().metadata;
}

}  // namespace svg::formats
