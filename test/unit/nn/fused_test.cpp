// Steps that are one here and several in PyTorch: the same numbers and gradients as those.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <functional>
#include <limits>

#include "libcore/nn/geglu.h"
#include "libcore/nn/norm_silu.h"
#include "test/support/catch.h"
#include "test/support/close_tensors.h"

namespace svg::nn {
namespace {

GroupNorm norm_of(int64_t channels, int64_t groups) {
  GroupNorm norm;
  norm.weight = at::randn({channels}).requires_grad_(true);
  norm.bias = at::randn({channels}).requires_grad_(true);
  norm.groups = groups;
  norm.eps = 1e-5;
  return norm;
}

at::Tensor in_two_steps(const GroupNorm& norm, const at::Tensor& x) {
  return at::silu(at::group_norm(x, norm.groups, norm.weight, norm.bias, norm.eps));
}

// In fp32, rounded once: to 8 bits.
constexpr double kOnceRounded = 4.5e-3;

at::Tensor rounded(const at::Tensor& x) {
  return x.detach().to(at::kBFloat16).to(at::kFloat);
}

// What f gives for x, and the gradients of its sum times fixed numbers.
std::vector<at::Tensor> with_gradients(const std::function<at::Tensor(const at::Tensor&)>& f,
                                       const at::Tensor& x, std::vector<at::Tensor> leaves) {
  const at::Tensor input = x.detach().requires_grad_(true);
  leaves.insert(leaves.begin(), input);
  for (auto& leaf : leaves) leaf.mutable_grad() = at::Tensor();
  const at::Tensor y = f(input);
  at::manual_seed(5);
  torch::autograd::backward({y}, {rounded(at::randn(y.sizes())).to(y.scalar_type())});
  std::vector<at::Tensor> all = {y.detach()};
  for (const auto& leaf : leaves) all.push_back(leaf.grad());
  return all;
}

}  // namespace

CATCH_TEST_CASE("Normalization with SiLU is PyTorch's two steps", "[nn]") {
  at::manual_seed(3);
  const auto [shape, groups] =
      GENERATE(table<std::vector<int64_t>, int64_t>({{{3, 12, 5, 7}, 4},
                                                     {{1, 6, 1}, 2},
                                                     {{2, 16, 40, 41}, 2},
                                                     {{2, 8, 3, 1}, 8},
                                                     {{4, 48, 8, 32}, 1}}));
  const auto norm = norm_of(shape[1], groups);
  const at::Tensor x = 30 * at::randn(shape) + 7;
  check_close(with_gradients([&](const at::Tensor& v) { return norm_silu(norm, v); }, x,
                             {norm.weight, norm.bias}),
              with_gradients([&](const at::Tensor& v) { return in_two_steps(norm, v); }, x,
                             {norm.weight, norm.bias}),
              5e-6);
}

CATCH_TEST_CASE("Normalization with SiLU takes any layout, and any dtype", "[nn]") {
  at::manual_seed(4);
  const auto norm = norm_of(6, 3);
  const at::Tensor x = at::randn({2, 5, 6, 9}).transpose(1, 2);
  check_close(with_gradients([&](const at::Tensor& v) { return norm_silu(norm, v); }, x, {}),
              with_gradients([&](const at::Tensor& v) { return in_two_steps(norm, v); }, x, {}),
              2e-6);
  // bf16 in and out, fp32 between.
  GroupNorm wide = norm;
  wide.weight = rounded(norm.weight).requires_grad_(true);
  wide.bias = rounded(norm.bias).requires_grad_(true);
  GroupNorm half = wide;
  half.weight = wide.weight.detach().to(at::kBFloat16).requires_grad_(true);
  half.bias = wide.bias.detach().to(at::kBFloat16).requires_grad_(true);
  check_close(with_gradients([&](const at::Tensor& v) { return norm_silu(half, v); },
                             x.to(at::kBFloat16), {half.weight, half.bias}),
              with_gradients([&](const at::Tensor& v) { return in_two_steps(wide, v); }, rounded(x),
                             {wide.weight, wide.bias}),
              kOnceRounded);
}

CATCH_TEST_CASE("Normalization with SiLU shows what is no number, and goes to the ends", "[nn]") {
  const at::NoGradGuard no_grad;
  GroupNorm norm = norm_of(2, 2);
  at::Tensor x = at::randn({1, 2, 40});
  x[0][0][3] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = norm_silu(norm, x);
  CATCH_CHECK(y[0][0].isnan().all().item<bool>());
  CATCH_CHECK_FALSE(y[0][1].isnan().any().item<bool>());
  norm.weight = at::full({2}, 1000.0f);
  norm.bias = at::zeros({2});
  const at::Tensor far = at::randn({1, 2, 40});
  check_close({norm_silu(norm, far)}, {in_two_steps(norm, far)}, 1e-6);
}

CATCH_TEST_CASE("The gate of a feed-forward layer is PyTorch's three operations", "[nn]") {
  at::manual_seed(6);
  const auto in_three = [](const at::Tensor& v) {
    return v.chunk(2, -1)[0] * at::gelu(v.chunk(2, -1)[1]);
  };
  for (const int64_t width : {5, 16, 192}) {
    const at::Tensor x = 3 * at::randn({70, 2 * width});
    check_close(with_gradients([](const at::Tensor& v) { return geglu(v); }, x, {}),
                with_gradients(in_three, x, {}), 1e-6);
    check_close(
        with_gradients([](const at::Tensor& v) { return geglu(v); }, x.to(at::kBFloat16), {}),
        with_gradients(in_three, rounded(x), {}), kOnceRounded);
  }
}

CATCH_TEST_CASE("The gate of a feed-forward layer takes the bias of the layer before it", "[nn]") {
  at::manual_seed(7);
  for (const int64_t width : {5, 16, 192}) {
    const at::Tensor x = rounded(3 * at::randn({300, 2 * width})),
                     bias = rounded(at::randn({2 * width})).requires_grad_(true);
    const auto in_two = [&](const at::Tensor& v) { return geglu(v + bias); };
    const auto expected = with_gradients(in_two, x, {bias});
    check_close(with_gradients([&](const at::Tensor& v) { return geglu(v, bias); }, x, {bias}),
                expected, 1e-6);
    const at::Tensor narrow = bias.detach().to(at::kBFloat16).requires_grad_(true);
    check_close(with_gradients([&](const at::Tensor& v) { return geglu(v, narrow); },
                               x.to(at::kBFloat16), {narrow}),
                expected, kOnceRounded);
    const at::NoGradGuard no_grad;
    const at::Tensor wide = x.to(at::kDouble), added = bias.to(at::kDouble);
    CATCH_CHECK(at::equal(geglu(wide, added), geglu(wide + added)));
  }
}

CATCH_TEST_CASE("The gate of a feed-forward layer is exact far out, and shows what is no number",
                "[nn]") {
  const at::NoGradGuard no_grad;
  const at::Tensor gate = at::linspace(-10, 10, 4001).unsqueeze(1),
                   x = at::cat({at::ones_like(gate), gate}, 1);
  const at::Tensor expected =
      (0.5 * gate.to(at::kDouble) * at::erfc(-gate.to(at::kDouble) / std::sqrt(2.0)));
  // The bell of the normal distribution keeps fewer digits the farther out: those of its exponent
  // are used up.
  const at::Tensor error =
      (geglu(x) - expected).abs() / expected.abs().clamp_min(1e-30) / (1 + gate.square());
  CATCH_CHECK(error.max().item<double>() < 5e-7);
  at::Tensor bad = at::ones({2, 6});
  bad[0][4] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = geglu(bad);
  CATCH_CHECK(y[0][1].isnan().item<bool>());
  CATCH_CHECK(y.isnan().sum().item<int64_t>() == 1);
  CATCH_CHECK(geglu(at::full({1, 2}, 1e4f)).item<double>() == 1e8);
  CATCH_CHECK(std::abs(geglu(at::full({1, 2}, -1e4f)).item<double>()) < 1e-15);
}

}  // namespace svg::nn
