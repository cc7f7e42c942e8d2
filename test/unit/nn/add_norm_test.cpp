// Bias, residual and layer normalization in one pass: the same numbers and gradients as PyTorch's
// steps.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <limits>
#include <vector>

#include "libcore/nn/add_norm.h"
#include "test/support/catch.h"
#include "test/support/close_tensors.h"

namespace svg::nn {
namespace {

using Tensors = std::vector<at::Tensor>;

// In fp32, rounded once: to 8 bits.
constexpr double kOnceRounded = 4.5e-3;

struct Case {
  int64_t rows, width;
  bool bias, residual;
};

// y, weight and shift of the norm, and bias and residual where the case has them; numbers that bf16
// has, where `narrow`.
Tensors drawn(const Case& c, bool narrow) {
  Tensors all = {3 * at::randn({c.rows, c.width}) + 1, at::randn({c.width}), at::randn({c.width})};
  if (c.bias) all.push_back(at::randn({c.width}));
  if (c.residual) all.push_back(at::randn({c.rows, c.width}));
  if (narrow) {
    for (auto& x : all) x = x.to(at::kBFloat16).to(at::kFloat);
  }
  return all;
}

struct Parts {
  LayerNorm norm;
  at::Tensor y, bias, residual;
};
Parts parts_of(const Case& c, const Tensors& in) {
  Parts p{{in[1], in[2], 1e-5}, in[0], {}, {}};
  if (c.bias) p.bias = in[3];
  if (c.residual) p.residual = in.back();
  return p;
}

at::Tensor sum_of(const Parts& p) {
  at::Tensor sum = p.y;
  if (p.bias.defined()) sum = sum + p.bias;
  if (p.residual.defined()) sum = sum + p.residual;
  return sum;
}

Tensors by_pytorch(const Case& c, const Tensors& in) {
  const auto p = parts_of(c, in);
  const at::Tensor sum = sum_of(p);
  return {sum, at::layer_norm(sum, {c.width}, p.norm.weight, p.norm.bias, p.norm.eps)};
}

Tensors in_one(const Case& c, const Tensors& in) {
  const auto p = parts_of(c, in);
  const auto both = add_norm(p.norm, p.y, p.bias, p.residual);
  return {both.sum, both.normed};
}

// Results of f and, of those of them whose weights are defined, the gradients of the sum times
// them.
Tensors with_gradients(const std::function<Tensors(const Tensors&)>& f, const Tensors& in,
                       at::ScalarType dtype, const Tensors& weights) {
  Tensors leaves, results, roots, grads;
  for (const auto& x : in) leaves.push_back(x.to(dtype).detach().requires_grad_(true));
  results = f(leaves);
  for (size_t i = 0; i < results.size(); ++i) {
    if (!weights[i].defined()) continue;
    roots.push_back(results[i]);
    grads.push_back(weights[i].to(dtype));
  }
  torch::autograd::backward(roots, grads);
  Tensors all;
  for (const auto& y : results) all.push_back(y.detach());
  for (const auto& leaf : leaves) {
    all.push_back(leaf.grad().defined() ? leaf.grad() : at::zeros_like(leaf));
  }
  return all;
}

at::Tensor drawn_weights(const Case& c) {
  return at::randn({c.rows, c.width}).to(at::kBFloat16).to(at::kFloat);
}

}  // namespace

CATCH_TEST_CASE("Bias, residual and layer norm are PyTorch's steps", "[nn]") {
  at::manual_seed(11);
  const auto c =
      GENERATE(Case{70, 64, true, true}, Case{33, 5, true, true}, Case{1, 128, true, false},
               Case{600, 77, false, true}, Case{9, 16, false, false}, Case{40, 1280, true, true});
  const auto ours = [&](const Tensors& in) { return in_one(c, in); };
  const auto theirs = [&](const Tensors& in) { return by_pytorch(c, in); };
  const Tensors both = {drawn_weights(c), drawn_weights(c)};
  const auto wide = drawn(c, false), narrow = drawn(c, true);
  check_close(with_gradients(ours, wide, at::kFloat, both),
              with_gradients(theirs, wide, at::kFloat, both), 5e-6);
  // Where the sum leads nowhere but to the norm.
  check_close(with_gradients(ours, wide, at::kFloat, {{}, both[1]}),
              with_gradients(theirs, wide, at::kFloat, {{}, both[1]}), 5e-6);
  // The sum is rounded before the norm sees it: once more than the others.
  check_close(with_gradients(ours, narrow, at::kBFloat16, both),
              with_gradients(theirs, narrow, at::kFloat, both), 3 * kOnceRounded);
}

CATCH_TEST_CASE("A sum alone has the gradients of a sum", "[nn]") {
  at::manual_seed(12);
  const auto c = GENERATE(Case{70, 64, true, true}, Case{600, 77, true, false},
                          Case{5, 3, false, true}, Case{5, 3, false, false});
  const auto ours = [&](const Tensors& in) -> Tensors {
    const auto p = parts_of(c, in);
    return {add_rows(p.y, p.bias, p.residual) + 0};
  };
  const auto theirs = [&](const Tensors& in) -> Tensors { return {sum_of(parts_of(c, in)) + 0}; };
  const Tensors weights = {drawn_weights(c)};
  const auto without_norm = [&](Tensors all) {
    all.erase(all.begin() + 2, all.begin() + 4);
    return all;
  };
  const auto wide = drawn(c, false), narrow = drawn(c, true);
  check_close(without_norm(with_gradients(ours, wide, at::kFloat, weights)),
              without_norm(with_gradients(theirs, wide, at::kFloat, weights)), 2e-6);
  check_close(without_norm(with_gradients(ours, narrow, at::kBFloat16, weights)),
              without_norm(with_gradients(theirs, narrow, at::kFloat, weights)), kOnceRounded);
}

CATCH_TEST_CASE("Gradients through sum and norm have the same bits for any threads", "[nn]") {
  at::manual_seed(13);
  const Case c{3000, 48, true, true};
  const auto in = drawn(c, false);
  const Tensors both = {drawn_weights(c), drawn_weights(c)};
  const auto made = [&](int threads) {
    at::set_num_threads(threads);
    return with_gradients([&](const Tensors& x) { return in_one(c, x); }, in, at::kFloat, both);
  };
  const auto two = made(2), one = made(1);
  for (size_t i = 0; i < one.size(); ++i) CATCH_CHECK(at::equal(one[i], two[i]));
}

CATCH_TEST_CASE("A normalized row shows what is no number", "[nn]") {
  const at::NoGradGuard no_grad;
  at::Tensor y = at::randn({2, 40});
  y[0][3] = std::numeric_limits<float>::quiet_NaN();
  const auto both = add_norm({at::ones({40}), at::zeros({40})}, y, at::ones({40}), {});
  CATCH_CHECK(both.normed[0].isnan().all().item<bool>());
  CATCH_CHECK(both.sum[0].isnan().sum().item<int64_t>() == 1);
  CATCH_CHECK_FALSE(both.normed[1].isnan().any().item<bool>());
}

}  // namespace svg::nn
