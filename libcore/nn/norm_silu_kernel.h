// SiLU of a group's normalization in one pass over memory, forward and backward, on plain arrays of
// floats or bfloat16, computed in fp32; a compiler vectorizes them. Torch-free.
#pragma once
#include <cstdint>

#include "libcore/nn/bfloat16.h"

namespace svg::nn {

// One group of one sample: `channels` rows of `pixels` numbers, one after the other.
template <class Number>
struct NormGroup {
  const Number* x = nullptr;
  int64_t channels = 0, pixels = 0;
  const Number* weight = nullptr;  // [channels]
  const Number* bias = nullptr;    // [channels]
};

// Mean and 1 / sqrt(variance + eps) of all numbers of a group.
struct NormStatistics {
  float mean = 0, rstd = 0;
};

// y = silu((x - mean) * rstd * weight + bias); y as x.
NormStatistics norm_silu(const NormGroup<float>&, float eps, float* y);
NormStatistics norm_silu(const NormGroup<BFloat16>&, float eps, BFloat16* y);

// From the gradient of y: that of x, and what this group adds to those of weight and bias,
// [channels] each. `scratch` as x, in floats; it may be grad_x.
void norm_silu_backward(const NormGroup<float>&, const NormStatistics&, const float* grad_y,
                        float* scratch, float* grad_x, float* grad_weight, float* grad_bias);
void norm_silu_backward(const NormGroup<BFloat16>&, const NormStatistics&, const BFloat16* grad_y,
                        float* scratch, BFloat16* grad_x, float* grad_weight, float* grad_bias);

}  // namespace svg::nn
