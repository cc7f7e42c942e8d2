#include "libcore/fast/closed_form.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>

namespace svg::fast {

namespace {

// Of each episode's matrix [E, out, R] the root mean square is 1; zeros stay.
at::Tensor normalised(const at::Tensor& x) {
  return x / x.square().mean({1, 2}, true).sqrt().clamp_min(1e-30);
}

at::Tensor ridge_direction(const at::Tensor& gradient, const at::Tensor& gram, double damping) {
  const int64_t rank = gram.size(1);
  const auto mean = gram.diagonal(0, 1, 2).mean(1).clamp_min(1e-30).view({-1, 1, 1});
  const auto damped = gram + at::eye(rank, gram.options()) * (mean * damping);
  // G C^-1 = (C^-1 G^T)^T; C is symmetric and positive.
  const auto factor = at::linalg_cholesky(damped);
  return at::cholesky_solve(gradient.transpose(1, 2), factor).transpose(1, 2);
}

// U V^T of each matrix U S V^T [n, r, c], nearly: five steps of a Newton-Schulz iteration that
// takes singular values to about 1 (Muon, Jordan et al. 2024, with its coefficients).
at::Tensor orthogonal(const at::Tensor& gradients) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  const bool tall = gradients.size(1) > gradients.size(2);
  auto x = tall ? gradients.transpose(1, 2) : gradients;
  x = x / x.square().sum({1, 2}, true).sqrt().clamp_min(1e-30);
  for (int i = 0; i < 5; ++i) {
    const auto square = at::bmm(x, x.transpose(1, 2));
    const auto both = at::baddbmm(square, square, square, kB, kC);
    x = at::baddbmm(x, both, x, kA, 1);
  }
  return tall ? x.transpose(1, 2) : x;
}

// Matrices of one shape go through the iteration together: there are many, and they are small.
void write_orthogonally(const NamedTensors& named, double lr) {
  std::map<std::pair<int64_t, int64_t>, std::vector<at::Tensor>> by_shape;
  for (const auto& [name, t] : named) by_shape[{t.size(1), t.size(2)}].push_back(t);
  for (const auto& [shape, tensors] : by_shape) {
    std::vector<at::Tensor> gradients;
    for (const auto& t : tensors) gradients.push_back(t.grad());
    const auto directions =
        normalised(orthogonal(at::cat(gradients))).split(gradients[0].size(0), 0);
    for (size_t i = 0; i < tensors.size(); ++i) tensors[i].detach().sub_(directions[i], lr);
  }
}

}  // namespace

void closed_form_write(const FastSettings& s, double lr, TempLora& memory) {
  const at::NoGradGuard no_grad;
  const auto& named = memory.parameters().named;  // A, B of each layer in turn
  if (s.rule == Rule::Orthogonal) return write_orthogonally(named, lr);
  for (size_t i = 0; 2 * i + 1 < named.size(); ++i) {
    const auto& handle = named[2 * i + 1].second;
    auto b = handle.detach();
    if (s.rule == Rule::Normalised) {
      const auto& a = named[2 * i].second;
      a.detach().sub_(normalised(a.grad()), lr);
      b.sub_(normalised(handle.grad()), lr);
    } else if (s.rule == Rule::Ridge) {
      b.sub_(normalised(ridge_direction(handle.grad(), memory.grams()[i], s.damping)), lr);
    } else {
      b.add_(normalised(memory.outers()[i]), lr);
    }
  }
}

}  // namespace svg::fast
