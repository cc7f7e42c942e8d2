// safetensors: 8 bytes header length (little-endian), JSON header, tensor bytes. Page:
// formats/safetensors.md. Torch-free: a tensor here is a name, a dtype, a shape and bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libcore/base/folder.h"

namespace svg::formats {

// Those of the reference implementation (0.8). Tensors of the last twelve are described and
// checked; nothing of ours computes with them.
enum class DType {
  F32,
  F16,
  BF16,
  F64,
  I64,
  I32,
  I16,
  I8,
  U8,
  Bool,
  U16,
  U32,
  U64,
  C64,  // two F32
  F8E4M3,
  F8E5M2,
  F8E8M0,
  F8E4M3Fnuz,
  F8E5M2Fnuz,
  F6E2M3,
  F6E3M2,
  F4
};
size_t dtype_size(DType);                   // bytes; throws Error{Internal} for F6 and F4
const char* dtype_name(DType);              // "F32", "BF16", ...
DType dtype_from(const std::string& name);  // throws Error{Data}

struct TensorView {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;  // not owned; row-major, little-endian
};

// Elements by its bytes: several of F4 and F6 share a byte.
size_t element_count(const TensorView& tensor);

using Metadata = std::map<std::string, std::string>;

// The parsed header and views into `blob`, which must outlive it. Every offset, shape and size is
// checked, holes, overlaps, duplicate names and trailing bytes are refused. `where` names the file
// in errors. Throws Error{Data}.
struct SafetensorsView {
  std::vector<TensorView> tensors;  // in the order of their bytes
  Metadata metadata;
  const TensorView* find(const std::string& name) const;  // nullptr if absent
};
SafetensorsView parse_safetensors(std::span<const std::byte> blob, const std::string& where);

// The bytes of a safetensors blob. Tensors are laid out in the order given; the header is padded
// with spaces to 8 bytes.
std::vector<std::byte> encode_safetensors(const std::vector<TensorView>& tensors,
                                          const Metadata& metadata);
// The same written atomically to `path`, without a second copy of the tensors in memory.
// Adds the metadata key "svg.digest" (XXH3-128 over names, dtypes, shapes and bytes), which
// open_safetensors checks where present.
void write_safetensors(const std::string& path, const std::vector<TensorView>& tensors,
                       const Metadata& metadata);
void write_safetensors(const Folder& folder, const std::string& name,
                       const std::vector<TensorView>& tensors, const Metadata& metadata);

// One file, memory-mapped read-only; the views stay valid as long as this object.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::string& path);  // throws Error{NoInput, Io, Data}
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;
  const SafetensorsView& view() const { return view_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  void* map_ = nullptr;
  size_t size_ = 0;
  SafetensorsView view_;
};

// Gives back the memory that a tensor of a SafetensorsFile takes while it is mapped; reading it
// again fetches it from the file. So a large file is gone through once without all of it in memory.
void release_pages(const TensorView& mapped);

// The weights of a model component: `dir`/`stem`.safetensors, or the shards that
// `dir`/`stem`.safetensors.index.json names (a missing shard, and a tensor the index places
// elsewhere, are errors). Also tries `stem`.fp16.safetensors. A directory that has only .bin files
// gets an error that says how to convert them.
class WeightFiles {
 public:
  WeightFiles(const std::string& dir, const std::string& stem);
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  Metadata metadata() const;  // of the first file

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace svg::formats
