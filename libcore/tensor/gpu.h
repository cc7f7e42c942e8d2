// What is asked of a GPU beside its tensors. It goes through the CUDA plugin, which the executable
// has loaded; on a CPU there is nothing to wait for and nothing to say.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>

#include "libcore/cuda/plugin.h"

namespace svg {

// The plugin of this process; nullptr where none was loaded.
const cuda::Plugin* cuda_plugin();

// The plugin, if its kernels take tensors of x's device and dtype; nullptr on a CPU.
const cuda::Plugin* kernels_for(const at::Tensor& x);
// The kernels' name of a dtype; nothing where they have none.
std::optional<cuda::Number> number_of(at::ScalarType);

// Waits until the device has done what it was given: before a clock is read.
void synchronize(at::Device);

// Bytes of tensors on the device at their most since the last reset; nothing on a CPU.
std::optional<int64_t> peak_device_memory(at::Device);
void reset_peak_device_memory(at::Device);

}  // namespace svg
