// SiLU of a group's normalization in one pass over memory, forward and backward, on plain float
// arrays; a compiler vectorizes them. Torch-free.
#pragma once
#include <cstdint>

namespace svg::nn {

// One group of one sample: `channels` rows of `pixels` numbers, one after the other.
struct NormGroup {
  const float* x = nullptr;
  int64_t channels = 0, pixels = 0;
  const float* weight = nullptr;  // [channels]
  const float* bias = nullptr;    // [channels]
};

// Mean and 1 / sqrt(variance + eps) of all numbers of a group.
struct NormStatistics {
  float mean = 0, rstd = 0;
};

// y = silu((x - mean) * rstd * weight + bias); y as x.
NormStatistics norm_silu(const NormGroup&, float eps, float* y);

// From the gradient of y: that of x, and what this group adds to those of weight and bias,
// [channels] each.
void norm_silu_backward(const NormGroup&, const NormStatistics&, const float* grad_y, float* grad_x,
                        float* grad_weight, float* grad_bias);

}  // namespace svg::nn
