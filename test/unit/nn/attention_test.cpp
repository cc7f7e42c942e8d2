#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "libcore/nn/transformer.h"
#include "libcore/tensor/draws.h"
#include "test/support/catch.h"

namespace {

at::Tensor drawn(const char* name, at::IntArrayRef shape) {
  return svg::draw_normal({0, "test", 0, name, 0}, shape).requires_grad_(true);
}

}  // namespace

CATCH_TEST_CASE("attention in parts is attention at once, and so are its gradients", "[nn]") {
  // Seven sequences: parts of three leave one over.
  const auto q = drawn("q", {7, 2, 5, 4}), k = drawn("k", {7, 2, 6, 4}),
             v = drawn("v", {7, 2, 6, 4});
  const auto whole = svg::nn::mix_values(q, k, v, 7);
  const auto weights = drawn("weights", whole.sizes()).detach();
  const auto expected = torch::autograd::grad({(whole * weights).sum()}, {q, k, v});
  for (const int64_t most : {1, 3, 6, 100}) {
    const auto parts = svg::nn::mix_values(q, k, v, most);
    CATCH_REQUIRE(parts.sizes() == whole.sizes());
    CATCH_CHECK(at::allclose(parts, whole, 1e-5, 1e-6));
    const auto gradients = torch::autograd::grad({(parts * weights).sum()}, {q, k, v});
    for (size_t i = 0; i < expected.size(); ++i)
      CATCH_CHECK(at::allclose(gradients[i], expected[i], 1e-5, 1e-6));
  }
}

CATCH_TEST_CASE("Sequences that share a context may look at it as one or each for itself", "[nn]") {
  auto parameters = svg::Parameters::fresh(0, at::kCPU);
  const auto layer = svg::nn::make_attention(parameters, "attn", 6, 10, 2, 4);
  for (const auto& [name, t] : parameters.list()) at::Tensor(t).requires_grad_(true);
  const auto x = drawn("x", {3 * 4 * 5, 6}),
             context =
                 drawn("context", {3 * 7, 10});  // 3 contexts of 7 tokens, 4 sequences of 5 each
  const auto leaves = [&] {
    std::vector<at::Tensor> all = {x, context};
    for (const auto& [name, t] : parameters.list()) all.push_back(t);
    return all;
  };
  const auto as_one = svg::nn::forward(layer, x, context, 3, 3),
             each = svg::nn::forward(layer, x, context, 12, 3);
  CATCH_CHECK(at::allclose(each, as_one, 1e-5, 1e-6));
  const auto weights = drawn("of the output", as_one.sizes()).detach();
  const auto expected = torch::autograd::grad({(as_one * weights).sum()}, leaves()),
             gradients = torch::autograd::grad({(each * weights).sum()}, leaves());
  for (size_t i = 0; i < expected.size(); ++i)
    CATCH_CHECK(at::allclose(gradients[i], expected[i], 1e-4, 1e-5));
}
