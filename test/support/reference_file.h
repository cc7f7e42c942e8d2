// The reference tensors of test/golden, without torch.
#pragma once
#include <cstring>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "libcore/base/error.h"

namespace svg::test {

class ReferenceFile {
 public:
  // test/golden/<path>
  explicit ReferenceFile(const std::string& path) : file_(SVG_SOURCE_DIR "/test/golden/" + path) {}

  bool has(const std::string& name) const { return file_.view().find(name) != nullptr; }
  std::vector<int64_t> shape(const std::string& name) const { return tensor(name).shape; }
  std::vector<double> doubles(const std::string& name) const {
    return values<double>(name, formats::DType::F64);
  }
  std::vector<float> floats(const std::string& name) const {
    return values<float>(name, formats::DType::F32);
  }
  std::vector<uint8_t> bytes(const std::string& name) const {
    return values<uint8_t>(name, formats::DType::U8);
  }

 private:
  const formats::TensorView& tensor(const std::string& name) const {
    const auto* found = file_.view().find(name);
    require(found != nullptr, ErrorKind::Data, file_.path(), ": has no tensor ", name);
    return *found;
  }
  template <class T>
  std::vector<T> values(const std::string& name, formats::DType dtype) const {
    const auto& view = tensor(name);
    require(view.dtype == dtype, ErrorKind::Data, file_.path(), ": ", name, " is of another type");
    std::vector<T> out(view.bytes.size() / sizeof(T));
    std::memcpy(out.data(), view.bytes.data(), view.bytes.size());
    return out;
  }

  formats::SafetensorsFile file_;
};

}  // namespace svg::test
