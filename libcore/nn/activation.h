// The activation functions that diffusers' `act_fn` may name.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

namespace svg::nn {

enum class Activation { Silu, Mish, Gelu, Relu };

// "silu" or "swish", "mish", "gelu", "relu" in any case. Throws Error{Data}: "<where>: ...".
Activation activation_from(const std::string& name, const std::string& where);
at::Tensor activate(Activation, const at::Tensor& x);

}  // namespace svg::nn
