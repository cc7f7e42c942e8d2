#include "libcore/eval/features/frechet.h"

#include <ATen/ATen.h>

#include <cmath>

#include "libcore/eval/features/feature_check.h"

namespace svg::eval {
namespace {

constexpr int64_t kManySamples = 400;  // metrics.md 2.3

// Rows about their mean, so scaled that x^T x is the unbiased covariance.
at::Tensor scaled_deviations(const at::Tensor& x) {
  return (x - x.mean(0, true)) / std::sqrt(static_cast<double>(x.size(0) - 1));
}

double root_trace_of_samples(const at::Tensor& a, const at::Tensor& b) {
  return at::linalg_svdvals(at::matmul(a, b.t())).sum().item<double>();
}

// S1^1/2 S2 S1^1/2 is symmetric, and has the eigenvalues of S1 S2. Rounding makes some of those
// that are zero negative.
double root_trace_of_covariances(const at::Tensor& a, const at::Tensor& b) {
  const auto [values, vectors] = at::linalg_eigh(at::matmul(a.t(), a));
  const auto root = at::matmul(vectors * values.clamp_min(0).sqrt(), vectors.t());
  const auto half = at::matmul(b, root);
  return at::linalg_eigvalsh(at::matmul(half.t(), half)).clamp_min(0).sqrt().sum().item<double>();
}

}  // namespace

double frechet_distance(const at::Tensor& a, const at::Tensor& b, FrechetForm form) {
  const auto [x, y] = checked_features(a, b, /*least=*/2);
  const auto dx = scaled_deviations(x), dy = scaled_deviations(y);
  const bool few = x.size(0) < kManySamples && y.size(0) < kManySamples;
  const bool by_samples = form == FrechetForm::Samples || (form == FrechetForm::Auto && few);
  const double root =
      by_samples ? root_trace_of_samples(dx, dy) : root_trace_of_covariances(dx, dy);
  const double between = (x.mean(0) - y.mean(0)).square().sum().item<double>();
  const double within = dx.square().sum().item<double>() + dy.square().sum().item<double>();
  return between + within - 2 * root;
}

}  // namespace svg::eval
