#include "libcore/nn/activation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>

#include "libcore/base/error.h"

namespace svg::nn {

Activation activation_from(const std::string& name, const std::string& where) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return enum_from<Activation>(lower, where + ": activation", ErrorKind::Data);
}

at::Tensor activate(Activation kind, const at::Tensor& x) {
  switch (kind) {
    case Activation::Silu:
      return at::silu(x);
    case Activation::Mish:
      return at::mish(x);
    case Activation::Gelu:
      return at::gelu(x);
    case Activation::Relu:
      return at::relu(x);
  }
  fail(ErrorKind::Internal, "an activation without a function");
}

}  // namespace svg::nn
