// The contents of a tensor, offloaded to host memory while the device's memory serves something
// else.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

namespace svg {

// The host's memory is pinned where the tensor is on a GPU, and copies go in the order of the
// current stream: whoever lets the tensor go after this was made, and has its memory used again on
// that stream, changes no bit of the copy. The host itself must not read it. Of a tensor on the
// meta device the shape alone is kept.
class HostCopy {
 public:
  explicit HostCopy(const at::Tensor&);

  // A new tensor as the one that was copied: its device, dtype, strides and contents.
  at::Tensor back() const;
  // Copies the contents into a tensor of that shape.
  void write_to(const at::Tensor&) const;

 private:
  std::vector<int64_t> sizes_, strides_;
  at::TensorOptions options_;
  at::Tensor host_;  // undefined: a tensor on the meta device
};

}  // namespace svg
