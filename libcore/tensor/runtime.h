// Settings of the torch library for one process.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/base/context.h"

namespace svg {

// Threads, determinism and kernels, as the context says; once, before the first tensor. Returns the
// device. Throws Error{Unavailable} where the device is not there.
at::Device apply_runtime(const Context&);

// While one lives, attention on a GPU may also take cuDNN's kernels, the fastest forward. For
// passes without gradients: apply_runtime turns them off because their backward pass gives NaN on
// some GPUs (pytorch issue 196678). Not with --deterministic.
class ForwardOnlyAttention {
 public:
  ForwardOnlyAttention();
  ~ForwardOnlyAttention();
  ForwardOnlyAttention(const ForwardOnlyAttention&) = delete;
  ForwardOnlyAttention& operator=(const ForwardOnlyAttention&) = delete;

 private:
  bool before_;
};

at::ScalarType dtype_from(Precision);

}  // namespace svg
