// A tensor whose device memory is given back while nothing needs it. It and all its views stay what
// they are: they have memory again once it is fetched, and none of them may be read before.
// PyTorch's FSDP empties storages in the same way.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>

#include "libcore/tensor/host_copy.h"

namespace svg::fast {

enum class Contents {
  Kept,    // in host memory
  Zeroed,  // dropped: zeros are fetched
};

class OffloadedTensor {
 public:
  // Offloads `whole`, which has a storage of its own and fills it. Its memory goes to what is
  // allocated next on the current stream.
  OffloadedTensor(at::Tensor whole, Contents);
  // Brings it back, perhaps to another address; nothing where that was done. Where the device has
  // no memory for it, it stays offloaded.
  void fetch();

 private:
  at::Tensor whole_;
  size_t bytes_;
  std::optional<HostCopy> host_;
  bool offloaded_ = true;
};

}  // namespace svg::fast
