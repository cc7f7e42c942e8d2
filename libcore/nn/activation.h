// The activation functions that diffusers' `act_fn` may name.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "libcore/base/enum_names.h"

namespace svg::nn {

enum class Activation { Silu, Mish, Gelu, Relu };
constexpr auto names_of(Activation) {
  return std::to_array<EnumName<Activation>>({{Activation::Silu, "silu"},
                                              {Activation::Silu, "swish"},
                                              {Activation::Mish, "mish"},
                                              {Activation::Gelu, "gelu"},
                                              {Activation::Relu, "relu"}});
}

// By its name, in any case. Throws Error{Data}: "<where>: ...".
Activation activation_from(const std::string& name, const std::string& where);
at::Tensor activate(Activation, const at::Tensor& x);

}  // namespace svg::nn
