// Random tensors keyed by what they are for, never by rank, batch or device (design.md section 5).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace svg {

struct DrawKey {
  uint64_t seed = 0;
  std::string episode;
  int64_t chunk = 0;
  std::string stage;  // "sample", "fast", "slow", ...
  int64_t draw = 0;
};

// N(0, 1) in fp32 on the CPU.
at::Tensor draw_normal(const DrawKey&, at::IntArrayRef shape);
// Integers in [low, high), int64 on the CPU.
at::Tensor draw_integers(const DrawKey&, int64_t low, int64_t high, at::IntArrayRef shape);
// U[0, 1) in fp32 on the CPU.
at::Tensor draw_uniform(const DrawKey&, at::IntArrayRef shape);

// Throws Error{Config} "<what>: expected [..], got [..]" unless x has this shape; -1 is free.
void expect_shape(const at::Tensor& x, at::IntArrayRef shape, const char* what);

}  // namespace svg
