#include "libcore/tensor/convolution_layout.h"

#include <ATen/ATen.h>

#include "libcore/tensor/gpu.h"

namespace svg {

bool wants_channels_last(const at::Tensor& weight) {
  return weight.scalar_type() != at::kFloat && kernels_for(weight) != nullptr;
}

at::Tensor with_channels_last(const at::Tensor& weight) {
  if (weight.dim() == 4) return weight.contiguous(at::MemoryFormat::ChannelsLast);
  if (weight.dim() == 5) return weight.contiguous(at::MemoryFormat::ChannelsLast3d);
  return weight;
}

}  // namespace svg
