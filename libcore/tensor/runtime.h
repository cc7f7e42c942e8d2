// Settings of the torch library for one process.
#pragma once
#include <ATen/core/Tensor.h>

#include "formats/base/context.h"

namespace svg {

// Threads, determinism and kernels, as the context says; once, before the first tensor. Returns the device.
// Throws Error{Unavailable} where the device is not there.
at::Device apply_runtime(const Context&);

at::ScalarType dtype_from(const std::string& name);  // fp32, bf16, fp16

}  // namespace svg
