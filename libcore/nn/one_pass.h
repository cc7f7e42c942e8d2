// What the steps of one pass over memory (norm_silu.h, geglu.h) have in common around their loops
// (*_kernel.h).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "libcore/nn/bfloat16.h"

namespace svg::nn {

// Whether the loops are used: on a CPU in fp32 or bf16. Tensors on the meta device, which count
// memory, go the same way.
inline bool has_kernel(const at::Tensor& x) {
  return (x.is_cpu() || x.is_meta()) &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

// f(0.0f) or f(BFloat16{}): the type of the numbers of x, which has_kernel().
template <class F>
void with_number(const at::Tensor& x, const F& f) {
  if (x.scalar_type() == at::kFloat) f(float{});
  else f(BFloat16{});
}

template <class Number>
const Number* numbers_in(const at::Tensor& x) {
  return static_cast<const Number*>(x.const_data_ptr());
}
template <class Number>
Number* numbers_to(const at::Tensor& x) {
  return static_cast<Number*>(x.mutable_data_ptr());
}

inline constexpr int64_t kNumbersWorthAThread = 16384;

}  // namespace svg::nn
