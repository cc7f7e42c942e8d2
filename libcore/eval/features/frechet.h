// The Frechet distance of two samples of features: the arithmetic of FVD and of every distance
// named fd_* (metrics.md 2.3).
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::eval {

// How the trace of sqrt(S1 S2) is found. Both are exact; they differ in what they cost.
enum class FrechetForm {
  Auto,         // Samples where both have fewer than 400 features, else Covariances
  Samples,      // singular values of the [n, m] products of the samples
  Covariances,  // eigenvalues of S1^1/2 S2 S1^1/2, [D, D]
};

// |m1 - m2|^2 + tr S1 + tr S2 - 2 tr sqrt(S1 S2) of the features' means and unbiased covariances
// (n - 1), in f64.
//   a [n, D], b [m, D]: f32 or f64, n and m at least 2
// Biased upward by few samples: compare at equal n only. Throws Error{Data} for fewer than two
// features, other widths and numbers that are not finite.
double frechet_distance(const at::Tensor& a, const at::Tensor& b,
                        FrechetForm form = FrechetForm::Auto);

}  // namespace svg::eval
