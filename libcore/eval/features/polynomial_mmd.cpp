#include "libcore/eval/features/polynomial_mmd.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/eval/features/feature_check.h"

namespace svg::eval {
namespace {

// Rows of the kernel matrix at once: memory grows with one sample's size, not with its square.
constexpr int64_t kRows = 512;

struct KernelSum {
  double all = 0, diagonal = 0;
};

// x and y of one sample: the same tensor.
KernelSum kernel_sum(const at::Tensor& x, const at::Tensor& y, const PolynomialKernel& kernel) {
  const auto value = [&](at::Tensor products) {
    return products.div_(static_cast<double>(x.size(1))).add_(kernel.offset).pow_(kernel.degree);
  };
  KernelSum sum;
  for (int64_t first = 0; first < x.size(0); first += kRows) {
    const auto rows = x.narrow(0, first, std::min(kRows, x.size(0) - first));
    sum.all += value(at::matmul(rows, y.t())).sum().item<double>();
  }
  if (x.is_same(y)) sum.diagonal = value(x.square().sum(1)).sum().item<double>();
  return sum;
}

double pairs(int64_t n, int64_t m) {
  return static_cast<double>(n) * static_cast<double>(m);
}

double mmd(const at::Tensor& a, const at::Tensor& b, const PolynomialKernel& kernel, bool biased) {
  const auto [x, y] = checked_features(a, b, /*least=*/biased ? 1 : 2);
  const auto within = [&](const at::Tensor& one) {
    const auto sum = kernel_sum(one, one, kernel);
    const int64_t n = one.size(0);
    return biased ? sum.all / pairs(n, n) : (sum.all - sum.diagonal) / pairs(n, n - 1);
  };
  const double between = kernel_sum(x, y, kernel).all / pairs(x.size(0), y.size(0));
  return within(x) + within(y) - 2 * between;
}

}  // namespace

double biased_mmd(const at::Tensor& a, const at::Tensor& b, const PolynomialKernel& kernel) {
  return mmd(a, b, kernel, true);
}

double unbiased_mmd(const at::Tensor& a, const at::Tensor& b, const PolynomialKernel& kernel) {
  return mmd(a, b, kernel, false);
}

double jedi(const at::Tensor& a, const at::Tensor& b) {
  return 100 * biased_mmd(a, b, {.degree = 2, .offset = 0});
}

}  // namespace svg::eval
