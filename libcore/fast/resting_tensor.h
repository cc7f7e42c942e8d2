// A tensor whose device memory is given back while nothing needs it. It and all its views stay what
// they are: they have memory again once it wakes, and none of them may be read before. PyTorch's
// FSDP empties storages in the same way.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>

#include "libcore/tensor/host_copy.h"

namespace svg::fast {

enum class Numbers {
  Kept,    // wait in host memory
  Zeroed,  // are not needed again: it wakes with zeros
};

class RestingTensor {
 public:
  // Rests from here on. `whole` has a storage of its own and fills it. Its memory goes to what is
  // allocated next on the current stream.
  RestingTensor(at::Tensor whole, Numbers);
  // Wakes, perhaps at another address; nothing where it is awake. Where the device has no memory
  // for it, it rests on.
  void wake();

 private:
  at::Tensor whole_;
  size_t bytes_;
  std::optional<HostCopy> host_;
  bool rests_ = true;
};

}  // namespace svg::fast
