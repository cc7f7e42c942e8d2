// Attention over short sequences in one call: the same numbers and gradients as PyTorch's.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>
#include <vector>

#include "libcore/nn/short_attention.h"
#include "test/support/catch.h"
#include "test/support/close_tensors.h"

namespace svg::nn {
namespace {

struct Shape {
  int64_t sequences, heads, queries, keys, width;
};

// q, k and v in fp32; numbers that bf16 has, where `narrow`.
std::vector<at::Tensor> drawn(const Shape& s, bool narrow) {
  std::vector<at::Tensor> all;
  for (const int64_t tokens : {s.queries, s.keys, s.keys})
    all.push_back(2 * at::randn({s.sequences * tokens, s.heads * s.width}));
  if (narrow) {
    for (auto& x : all) x = x.to(at::kBFloat16).to(at::kFloat);
  }
  return all;
}

at::Tensor by_pytorch(const std::vector<at::Tensor>& in, const Shape& s) {
  const auto heads = [&](const at::Tensor& x) {
    return x.view({s.sequences, -1, s.heads, s.width}).transpose(1, 2);
  };
  return at::scaled_dot_product_attention(heads(in[0]), heads(in[1]), heads(in[2]))
      .transpose(1, 2)
      .reshape(in[0].sizes());
}

// The result, and the gradients of its sum times `weights`, of the inputs in `dtype`.
template <class F>
std::vector<at::Tensor> with_gradients(const std::vector<at::Tensor>& in, at::ScalarType dtype,
                                       const at::Tensor& weights, const F& f) {
  std::vector<at::Tensor> leaves;
  for (const auto& x : in) leaves.push_back(x.to(dtype).detach().requires_grad_(true));
  const at::Tensor y = f(leaves);
  torch::autograd::backward({y}, {weights.to(dtype)});
  std::vector<at::Tensor> all = {y.detach()};
  for (const auto& leaf : leaves) all.push_back(leaf.grad());
  return all;
}

}  // namespace

CATCH_TEST_CASE("Attention over short sequences is PyTorch's", "[nn]") {
  at::manual_seed(7);
  const auto s = GENERATE(Shape{3, 2, 16, 16, 16}, Shape{2, 3, 5, 7, 9}, Shape{1, 1, 3, 2, 1},
                          Shape{5, 1, 70, 3, 6}, Shape{2, 4, 33, 64, 64}, Shape{1, 8, 100, 77, 20},
                          Shape{40, 5, 8, 8, 8}, Shape{2, 1, 4, 17, 40});
  const auto ours = [&](const std::vector<at::Tensor>& in) {
    return short_attention(in[0], in[1], in[2], s.sequences, s.heads);
  };
  const auto theirs = [&](const std::vector<at::Tensor>& in) { return by_pytorch(in, s); };
  const auto wide = drawn(s, false), narrow = drawn(s, true);
  const auto weights = at::randn(wide[0].sizes()).to(at::kBFloat16).to(at::kFloat);
  check_close(with_gradients(wide, at::kFloat, weights, ours),
              with_gradients(wide, at::kFloat, weights, theirs), 1e-5);
  // bf16 in and out, fp32 between: as if fp32 were rounded once, to 8 bits.
  check_close(with_gradients(narrow, at::kBFloat16, weights, ours),
              with_gradients(narrow, at::kFloat, weights, theirs), 4.5e-3);
}

CATCH_TEST_CASE("Attention over short sequences takes parts of wider rows", "[nn]") {
  at::manual_seed(8);
  const at::Tensor wide = at::randn({12, 30});
  const auto part = [&](int64_t i) { return wide.narrow(1, 10 * i, 10); };
  const at::NoGradGuard no_grad;
  const auto whole =
      short_attention(part(0).contiguous(), part(1).contiguous(), part(2).contiguous(), 3, 2);
  CATCH_CHECK(at::equal(short_attention(part(0), part(1), part(2), 3, 2), whole));
  CATCH_CHECK(
      at::equal(short_attention(part(0).t().contiguous().t(), part(1), part(2), 3, 2), whole));
}

CATCH_TEST_CASE("Attention over short sequences keeps far scores and shows what is no number",
                "[nn]") {
  const at::NoGradGuard no_grad;
  // Scores so far apart that one token gets all weight.
  const at::Tensor q = at::full({2, 4}, 100.0f),
                   k = at::stack({at::full({4}, -100.0f), at::full({4}, 100.0f)}),
                   v = at::randn({2, 4});
  CATCH_CHECK(at::equal(short_attention(q, k, v, 1, 1)[0], v[1]));
  at::Tensor bad = at::ones({2, 4});
  bad[1][2] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = short_attention(bad, at::ones({2, 4}), v, 1, 1);
  CATCH_CHECK(y[1].isnan().all().item<bool>());
  CATCH_CHECK_FALSE(y[0].isnan().any().item<bool>());
  const at::Tensor half = short_attention(bad.to(at::kBFloat16), at::ones({2, 4}, at::kBFloat16),
                                          v.to(at::kBFloat16), 1, 1);
  CATCH_CHECK(half[1].isnan().all().item<bool>());
}

CATCH_TEST_CASE("Long sequences, and dtypes without loops, are left to PyTorch", "[nn]") {
  const at::Tensor q = at::ones({4, 64});
  CATCH_CHECK(is_short_attention(q, 16, 16));
  CATCH_CHECK(is_short_attention(q.to(at::kBFloat16), 64, 64));
  CATCH_CHECK(is_short_attention(q.to(at::kMeta), 16, 16));
  CATCH_CHECK_FALSE(is_short_attention(q, 4096, 64));
  CATCH_CHECK_FALSE(is_short_attention(q.to(at::kDouble), 16, 16));
}

}  // namespace svg::nn
