// The layers that the models are made of, as plain structs of tensors with free functions. Names
// and numbers as in PyTorch.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "libcore/tensor/parameters.h"

namespace svg::nn {

struct Linear {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out], may be undefined
  std::shared_ptr<const LoraSlot> lora;
};
Linear make_linear(Parameters&, const std::string& name, int64_t in, int64_t out, bool bias = true);
// x [..., in] -> [..., out]. With an adapter for E episodes the first axis of x is a multiple of E,
// episode slowest.
at::Tensor forward(const Linear&, const at::Tensor& x);
// The same without the bias, for what adds it together with other things.
at::Tensor without_bias(const Linear&, const at::Tensor& x);

struct Conv2d {
  at::Tensor weight;  // [out, in, k, k]
  at::Tensor bias;    // [out]
  int64_t stride = 1, padding = 1;
};
Conv2d make_conv2d(Parameters&, const std::string& name, int64_t in, int64_t out,
                   int64_t kernel = 3, int64_t stride = 1, int64_t padding = 1);
at::Tensor forward(const Conv2d&, const at::Tensor& x);  // [N, in, H, W] -> [N, out, H', W']

struct GroupNorm {
  at::Tensor weight, bias;  // [C]
  int64_t groups = 32;
  double eps = 1e-5;
};
GroupNorm make_group_norm(Parameters&, const std::string& name, int64_t channels, int64_t groups,
                          double eps);
at::Tensor forward(const GroupNorm&,
                   const at::Tensor& x);  // [N, C, ...]; on a GPU channels last stays so

struct LayerNorm {
  at::Tensor weight, bias;  // [D]
  double eps = 1e-5;
};
LayerNorm make_layer_norm(Parameters&, const std::string& name, int64_t width, double eps = 1e-5);
at::Tensor forward(const LayerNorm&, const at::Tensor& x);  // [..., D]

}  // namespace svg::nn
