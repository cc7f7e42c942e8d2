#include "libcore/fast/closed_form.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

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

}  // namespace

void closed_form_write(const FastSettings& s, double lr, TempLora& memory) {
  const at::NoGradGuard no_grad;
  const auto& named = memory.parameters().named;  // A, B of each layer in turn
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
