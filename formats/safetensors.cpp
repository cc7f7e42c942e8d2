#include "formats/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <utility>

#include "libcore/base/atomic_file.h"
#include "libcore/base/checked.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/json_members.h"
#include "libcore/base/mapped_files.h"
#include "libcore/base/open_file.h"

namespace svg::formats {
namespace {

constexpr uint64_t kMaxHeaderBytes =
    100'000'000;  // the limit of the reference implementation (huggingface/safetensors)
constexpr size_t kMaxTensors = 100'000;  // the largest models have some ten thousand
constexpr size_t kMaxMetadata = 10'000;  // keys; those of kohya are a hundred
constexpr size_t kMaxAxes = 8;
constexpr const char* kDigestKey = "svg.digest";
constexpr const char* kDigestVersionKey = "svg.digest_version";

struct DTypeInfo {
  DType dtype;
  const char* name;
  size_t bits;
};
constexpr std::array<DTypeInfo, 22> kDTypes{{{DType::F32, "F32", 32},
                                             {DType::F16, "F16", 16},
                                             {DType::BF16, "BF16", 16},
                                             {DType::F64, "F64", 64},
                                             {DType::I64, "I64", 64},
                                             {DType::I32, "I32", 32},
                                             {DType::I16, "I16", 16},
                                             {DType::I8, "I8", 8},
                                             {DType::U8, "U8", 8},
                                             {DType::Bool, "BOOL", 8},
                                             {DType::U16, "U16", 16},
                                             {DType::U32, "U32", 32},
                                             {DType::U64, "U64", 64},
                                             {DType::C64, "C64", 64},
                                             {DType::F8E4M3, "F8_E4M3", 8},
                                             {DType::F8E5M2, "F8_E5M2", 8},
                                             {DType::F8E8M0, "F8_E8M0", 8},
                                             {DType::F8E4M3Fnuz, "F8_E4M3FNUZ", 8},
                                             {DType::F8E5M2Fnuz, "F8_E5M2FNUZ", 8},
                                             {DType::F6E2M3, "F6_E2M3", 6},
                                             {DType::F6E3M2, "F6_E3M2", 6},
                                             {DType::F4, "F4", 4}}};

const DTypeInfo* find_dtype(const std::string& name) {
  for (const DTypeInfo& info : kDTypes) {
    if (name == info.name) return &info;
  }
  return nullptr;
}

// Bytes of a tensor; false where the bits do not fit in 64 bits, or are no whole bytes.
bool byte_count(DType dtype, const std::vector<int64_t>& shape, uint64_t& count) {
  const auto elements = checked_product(shape);
  const auto bits_of_one = static_cast<int64_t>(kDTypes[static_cast<size_t>(dtype)].bits);
  const auto bits = elements ? checked_product({*elements, bits_of_one}) : std::nullopt;
  if (!bits || *bits % 8 != 0) return false;
  count = static_cast<uint64_t>(*bits) / 8;
  return true;
}

std::vector<int64_t> read_shape(const json& entry, const std::string& at) {
  auto shape = entry.find("shape");
  require(shape != entry.end() && shape->is_array(), ErrorKind::Data, at,
          ": \"shape\" must be a list");
  require(shape->size() <= kMaxAxes, ErrorKind::Data, at, ": more than ", kMaxAxes, " axes");
  std::vector<int64_t> axes;
  for (const json& n : *shape) {
    require(n.is_number_unsigned() && n.get<uint64_t>() <= INT64_MAX, ErrorKind::Data, at,
            ": \"shape\" must hold integers from 0 on");
    axes.push_back(n.get<int64_t>());
  }
  return axes;
}

// One entry of the header; `data` is everything behind the header.
TensorView read_entry(const std::string& name, const json& entry, std::span<const std::byte> data,
                      const std::string& where) {
  std::string at = cat(where, ": tensor ", name);
  require(entry.is_object(), ErrorKind::Data, at,
          ": expected an object of dtype, shape and data_offsets");
  TensorView view;
  view.name = name;
  std::string dtype = json_get<std::string>(entry, "dtype", at);
  const DTypeInfo* info = find_dtype(dtype);
  require(info != nullptr, ErrorKind::Data, at, ": unknown dtype \"", dtype, "\"");
  view.dtype = info->dtype;
  view.shape = read_shape(entry, at);
  auto offsets = entry.find("data_offsets");
  bool two = offsets != entry.end() && offsets->is_array() && offsets->size() == 2 &&
             (*offsets)[0].is_number_unsigned() && (*offsets)[1].is_number_unsigned();
  require(two, ErrorKind::Data, at, ": \"data_offsets\" must be two integers from 0 on");
  uint64_t begin = (*offsets)[0].get<uint64_t>(), end = (*offsets)[1].get<uint64_t>();
  require(begin <= end && end <= data.size(), ErrorKind::Data, at, ": data_offsets [", begin, ",",
          end, "] reach outside of the ", data.size(), " bytes of data");
  uint64_t expected = 0;
  bool fits = byte_count(view.dtype, view.shape, expected) && expected == end - begin;
  require(fits, ErrorKind::Data, at, ": dtype and shape do not give the ", end - begin,
          " bytes of its data_offsets");
  view.bytes = data.subspan(begin, end - begin);
  return view;
}

Metadata read_metadata(const json& entry, const std::string& where) {
  Metadata metadata;
  if (entry.is_null()) return metadata;  // as the reference implementation reads it
  require(entry.is_object(), ErrorKind::Data, where, ": __metadata__ must be an object or null");
  require(entry.size() <= kMaxMetadata, ErrorKind::Data, where, ": __metadata__ has ", entry.size(),
          " keys, the limit is ", kMaxMetadata);
  for (const auto& [key, value] : entry.items()) {
    require(value.is_string(), ErrorKind::Data, where, ": __metadata__ \"", key,
            "\" must be a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// XXH3-128 over "key\0value\0" of the metadata in the order of its keys, without the digest itself,
// then for each tensor in the order of its bytes "name\0dtype\0axis,axis\0" and the bytes.
// `mapped`: the tensors are those of a SafetensorsFile.
std::string digest_of(const std::vector<TensorView>& tensors, const Metadata& metadata,
                      bool mapped) {
  Xxh128 hash;
  auto add = [&](const std::string& text) {
    hash.update(as_bytes_of(text));
    hash.update(as_bytes_of(std::string(1, '\0')));
  };
  for (const auto& [key, value] : metadata) {
    if (key == kDigestKey) continue;
    add(key);
    add(value);
  }
  for (const TensorView& tensor : tensors) {
    add(tensor.name);
    add(dtype_name(tensor.dtype));
    std::string shape;
    for (int64_t n : tensor.shape) shape += (shape.empty() ? "" : ",") + std::to_string(n);
    add(shape);
    hash.update(tensor.bytes);
    if (mapped) release_pages(tensor);
  }
  return hash.hex();
}

// Either both keys or neither: so that no single damaged byte can make the digest look absent.
void check_digest(const SafetensorsView& view, const std::string& where) {
  auto digest = view.metadata.find(kDigestKey), version = view.metadata.find(kDigestVersionKey);
  bool has_digest = digest != view.metadata.end(), has_version = version != view.metadata.end();
  if (!has_digest && !has_version) return;
  require(has_digest && has_version, ErrorKind::Data, where, ": metadata names only one of ",
          kDigestKey, " and ", kDigestVersionKey, ": the file is damaged");
  require(version->second == "1", ErrorKind::Data, where, ": unknown digest version \"",
          version->second, "\"");
  require(digest_of(view.tensors, view.metadata, true) == digest->second, ErrorKind::Data, where,
          ": the digest in the metadata does not match: the file is damaged");
}

// Length field and header, padded with spaces to 8 bytes.
std::string encode_header(const std::vector<TensorView>& tensors, const Metadata& metadata) {
  ordered_json header = ordered_json::object();
  std::set<std::string> names{"__metadata__"};
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const TensorView& tensor : tensors) {
    uint64_t expected = 0;
    require(byte_count(tensor.dtype, tensor.shape, expected) && expected == tensor.bytes.size(),
            ErrorKind::Internal, "tensor ", tensor.name, ": shape and bytes disagree");
    require(names.insert(tensor.name).second, ErrorKind::Internal, "two tensors named ",
            tensor.name);
    require(tensor.shape.size() <= kMaxAxes, ErrorKind::Internal, "tensor ", tensor.name,
            ": more than ", kMaxAxes, " axes");
    append_member(header, tensor.name,
                  {{"dtype", dtype_name(tensor.dtype)},
                   {"shape", tensor.shape},
                   {"data_offsets", {offset, offset + tensor.bytes.size()}}});
    offset += tensor.bytes.size();
  }
  require(metadata.size() <= kMaxMetadata, ErrorKind::Data, "safetensors: ", metadata.size(),
          " keys of metadata, the limit is ", kMaxMetadata);
  require(tensors.size() <= kMaxTensors, ErrorKind::Data, "safetensors: ", tensors.size(),
          " tensors, the limit is ", kMaxTensors);
  std::string text = dump_json(header, "safetensors header");
  text.append((8 - text.size() % 8) % 8, ' ');
  require(text.size() <= kMaxHeaderBytes, ErrorKind::Data, "safetensors: a header of ", text.size(),
          " bytes, the limit is ", kMaxHeaderBytes);
  uint64_t length = text.size();
  std::string prefix(8, '\0');
  for (int i = 0; i < 8; ++i) prefix[i] = static_cast<char>(length >> (8 * i));
  return prefix + text;
}

}  // namespace

size_t dtype_size(DType dtype) {
  const DTypeInfo& info = kDTypes[static_cast<size_t>(dtype)];
  require(info.bits % 8 == 0, ErrorKind::Internal, info.name, ": elements are no whole bytes");
  return info.bits / 8;
}
size_t element_count(const TensorView& tensor) {
  return tensor.bytes.size() * 8 / kDTypes[static_cast<size_t>(tensor.dtype)].bits;
}
const char* dtype_name(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)].name;
}

DType dtype_from(const std::string& name) {
  const DTypeInfo* info = find_dtype(name);
  require(info != nullptr, ErrorKind::Data, "unknown dtype \"", name, "\"");
  return info->dtype;
}

const TensorView* SafetensorsView::find(const std::string& name) const {
  for (const TensorView& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

SafetensorsView parse_safetensors(std::span<const std::byte> blob, const std::string& where) {
  require(blob.size() >= 8, ErrorKind::Data, where, ": ", blob.size(),
          " bytes are too few for a safetensors file");
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) length |= uint64_t{std::to_integer<uint8_t>(blob[i])} << (8 * i);
  require(length <= kMaxHeaderBytes && length <= blob.size() - 8, ErrorKind::Data, where,
          ": the header claims ", length, " bytes, ", blob.size() - 8,
          " are there (cut off, or not a safetensors file)");
  const char* text = reinterpret_cast<const char*>(blob.data()) + 8;
  require(length > 0 && text[0] == '{', ErrorKind::Data, where,
          ": the header does not begin with '{': not a safetensors file");
  const std::span<const std::byte> data = blob.subspan(8 + length);
  SafetensorsView view;
  parse_json_members({text, length}, where + ": header",
                     [&](const std::string& name, const json& entry) {
                       if (name == "__metadata__") {
                         view.metadata = read_metadata(entry, where);
                         return;
                       }
                       require(view.tensors.size() < kMaxTensors, ErrorKind::Data, where,
                               ": more than ", kMaxTensors, " tensors");
                       view.tensors.push_back(read_entry(name, entry, data, where));
                     });
  std::sort(view.tensors.begin(), view.tensors.end(), [](const TensorView& a, const TensorView& b) {
    const auto at = std::pair(a.bytes.data(), a.bytes.size()),
               after = std::pair(b.bytes.data(), b.bytes.size());
    return at == after ? a.name < b.name : at < after;
  });
  const std::byte* expected = data.data();
  for (const TensorView& tensor : view.tensors) {
    require(tensor.bytes.data() == expected, ErrorKind::Data, where, ": tensor ", tensor.name,
            " begins at byte ", tensor.bytes.data() - data.data(), " of the data, expected ",
            expected - data.data(), " (a hole or an overlap)");
    expected += tensor.bytes.size();
  }
  require(expected == data.data() + data.size(), ErrorKind::Data, where, ": ",
          data.data() + data.size() - expected, " bytes follow the last tensor");
  return view;
}

std::vector<std::byte> encode_safetensors(const std::vector<TensorView>& tensors,
                                          const Metadata& metadata) {
  std::string header = encode_header(tensors, metadata);
  std::vector<std::byte> blob(as_bytes_of(header).begin(), as_bytes_of(header).end());
  for (const TensorView& tensor : tensors)
    blob.insert(blob.end(), tensor.bytes.begin(), tensor.bytes.end());
  return blob;
}

namespace {

void write_with_digest(AtomicFile& file, const std::vector<TensorView>& tensors,
                       const Metadata& metadata) {
  Metadata all = metadata;
  all[kDigestVersionKey] = "1";
  all[kDigestKey] = digest_of(tensors, all, false);
  file.write(encode_header(tensors, all));
  for (const TensorView& tensor : tensors) file.write(tensor.bytes);
  file.finish();
}

}  // namespace

void write_safetensors(const std::string& path, const std::vector<TensorView>& tensors,
                       const Metadata& metadata) {
  AtomicFile file(path);
  write_with_digest(file, tensors, metadata);
}

void write_safetensors(const Folder& folder, const std::string& name,
                       const std::vector<TensorView>& tensors, const Metadata& metadata) {
  AtomicFile file(folder, name);
  write_with_digest(file, tensors, metadata);
}

namespace {

void unmap(void* map, size_t size) {
  if (map == nullptr) return;
  forget_mapped_file(map);
  ::munmap(map, size);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path) : path_(path) {
  int fd = open_file(path, O_RDONLY);
  require_system(fd >= 0, ErrorKind::NoInput, "cannot open ", path);
  struct stat info {};
  bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  size_ = regular ? static_cast<size_t>(info.st_size) : 0;
  if (size_ > 0) map_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
  std::string reason = system_reason();
  ::close(fd);
  require(regular, ErrorKind::NoInput, "cannot read ", path, ": not a regular file");
  if (map_ == MAP_FAILED) {
    map_ = nullptr;
    fail(ErrorKind::Io, "cannot map ", path, ": ", reason);
  }
  if (map_) note_mapped_file(map_, size_, path);
  try {
    view_ = parse_safetensors({static_cast<const std::byte*>(map_), size_}, path);
    check_digest(view_, path);
  } catch (...) {  // the destructor does not run for an object that was never complete
    unmap(map_, size_);
    throw;
  }
}

void release_pages(const TensorView& mapped) {
  static const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  // From the beginning of the first page to the end of the last.
  const size_t into_page = reinterpret_cast<uintptr_t>(mapped.bytes.data()) % page;
  const size_t size = (into_page + mapped.bytes.size() + page - 1) / page * page;
  auto* begin = const_cast<std::byte*>(mapped.bytes.data() - into_page);
  ::madvise(begin, size, MADV_DONTNEED);  // advice: where it is not taken, only memory is lost
}

SafetensorsFile::~SafetensorsFile() {
  unmap(map_, size_);
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& other) noexcept
    : path_(std::move(other.path_)),
      map_(std::exchange(other.map_, nullptr)),
      size_(other.size_),
      view_(std::move(other.view_)) {}

SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(map_, other.map_);
  std::swap(size_, other.size_);
  std::swap(view_, other.view_);
  return *this;
}

}  // namespace svg::formats
