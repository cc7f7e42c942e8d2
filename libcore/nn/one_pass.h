// What the steps of one pass over memory (norm_silu.h, geglu.h) have in common around their loops
// (*_kernel.h).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace svg::nn {

// Whether the loops are used: on a CPU in fp32. Tensors on the meta device, which count memory, go
// the same way.
inline bool has_kernel(const at::Tensor& x) {
  return (x.is_cpu() || x.is_meta()) && x.scalar_type() == at::kFloat;
}

inline constexpr int64_t kNumbersWorthAThread = 16384;

}  // namespace svg::nn
