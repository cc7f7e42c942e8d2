// What every distance between two samples of features asks of them.
#pragma once
#include <ATen/core/Tensor.h>

#include <utility>

namespace svg::eval {

// a [n, D] and b [m, D] in f64. Throws Error{Data} unless both are matrices of one width with at
// least `least` rows and finite numbers.
std::pair<at::Tensor, at::Tensor> checked_features(const at::Tensor& a, const at::Tensor& b,
                                                   int64_t least);

}  // namespace svg::eval
