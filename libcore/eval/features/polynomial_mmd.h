// Maximum mean discrepancy with a polynomial kernel: the arithmetic of JEDi and of mmd_*
// (metrics.md 2.3, 2.4).
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::eval {

// k(x, y) = (<x, y> / D + offset)^degree, D the features' width.
struct PolynomialKernel {
  int degree = 2;
  double offset = 0;
};

// mean k(X, X) + mean k(Y, Y) - 2 mean k(X, Y) in f64, pairs of a feature with itself among them:
// never below 0, and biased upward by few samples.
//   a [n, D], b [m, D]: f32 or f64
// Throws Error{Data} as frechet_distance; one feature is enough.
double biased_mmd(const at::Tensor& a, const at::Tensor& b, const PolynomialKernel& kernel);

// The same without those pairs, n and m at least 2: its mean does not depend on n, and it may fall
// below 0.
double unbiased_mmd(const at::Tensor& a, const at::Tensor& b, const PolynomialKernel& kernel);

// jedi_v1, for features of V-JEPA made elsewhere: 100 times the biased MMD of (<x, y> / D)^2.
// Source: videojedi 1.1.0, mmd_poly.
double jedi(const at::Tensor& a, const at::Tensor& b);

}  // namespace svg::eval
