#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg {

at::ScalarType scalar_type_of(formats::DType dtype) {
  using formats::DType;
  switch (dtype) {
    case DType::F32:
      return at::kFloat;
    case DType::F16:
      return at::kHalf;
    case DType::BF16:
      return at::kBFloat16;
    case DType::F64:
      return at::kDouble;
    case DType::I64:
      return at::kLong;
    case DType::I32:
      return at::kInt;
    case DType::I16:
      return at::kShort;
    case DType::I8:
      return at::kChar;
    case DType::U8:
      return at::kByte;
    case DType::Bool:
      return at::kBool;
    default:
      fail(ErrorKind::Data, "tensors of type ", formats::dtype_name(dtype),
           " are not computed with");
  }
}

formats::DType dtype_of(at::ScalarType type) {
  using formats::DType;
  switch (type) {
    case at::kFloat:
      return DType::F32;
    case at::kHalf:
      return DType::F16;
    case at::kBFloat16:
      return DType::BF16;
    case at::kDouble:
      return DType::F64;
    case at::kLong:
      return DType::I64;
    case at::kInt:
      return DType::I32;
    case at::kShort:
      return DType::I16;
    case at::kChar:
      return DType::I8;
    case at::kByte:
      return DType::U8;
    case at::kBool:
      return DType::Bool;
    default:
      fail(ErrorKind::Internal, "a tensor of this dtype cannot be stored");
  }
}

at::Tensor tensor_of(const formats::TensorView& view) {
  return at::from_blob(const_cast<std::byte*>(view.bytes.data()), view.shape,
                       at::TensorOptions().dtype(scalar_type_of(view.dtype)))
      .clone();
}

formats::TensorView view_of(const std::string& name, const at::Tensor& t) {
  require(t.is_cpu() && t.is_contiguous(), ErrorKind::Internal, "tensor ", name,
          " must be contiguous and on the CPU");
  formats::TensorView view;
  view.name = name;
  view.dtype = dtype_of(t.scalar_type());
  view.shape = t.sizes().vec();
  view.bytes = {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()};
  return view;
}

void save_tensors(const std::string& path,
                  const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                  at::ScalarType dtype, const formats::Metadata& metadata) {
  std::vector<at::Tensor> kept;
  std::vector<formats::TensorView> views;
  for (const auto& [name, t] : tensors) {
    kept.push_back(t.detach().to(at::TensorOptions().device(at::kCPU).dtype(dtype)).contiguous());
    views.push_back(view_of(name, kept.back()));
  }
  formats::write_safetensors(path, views, metadata);
}

}  // namespace svg
