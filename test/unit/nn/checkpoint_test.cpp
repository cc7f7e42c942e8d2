// Checkpointing of one part: called again in backward, with gradients for inputs and for leaves
// inside.
#include "libcore/nn/checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "test/support/catch.h"
#include "test/support/errors.h"

namespace svg::nn {

CATCH_TEST_CASE("A checkpoint computes its part again for backward, and gives the same bits",
                "[nn]") {
  at::manual_seed(3);
  const bool input_learns = GENERATE(true, false);
  at::Tensor weight = at::randn({4, 4}).requires_grad_(true);
  at::Tensor x = at::randn({3, 4}).requires_grad_(input_learns);
  int calls = 0;
  const Part part = [&](const std::vector<at::Tensor>& in) {
    ++calls;
    return at::silu(at::mm(in[0], weight)) * (in[1].defined() ? 2.0 : 3.0);
  };
  part({x, {}}).square().sum().backward();
  const at::Tensor of_weight = weight.grad().clone(),
                   of_x = input_learns ? x.grad().clone() : at::Tensor();
  weight.mutable_grad() = at::Tensor();
  x.mutable_grad() = at::Tensor();
  calls = 0;

  const at::Tensor y = checkpoint(part, {x, {}});
  CATCH_CHECK(y.requires_grad());  // the leaf inside learns, whatever the inputs do
  CATCH_CHECK(calls == 1);
  y.square().sum().backward();
  CATCH_CHECK(calls == 2);
  CATCH_CHECK(at::equal(weight.grad(), of_weight));
  CATCH_REQUIRE(x.grad().defined() == input_learns);
  if (input_learns) CATCH_CHECK(at::equal(x.grad(), of_x));
}

CATCH_TEST_CASE("What leaves the device comes back as it was, and is not held meanwhile", "[nn]") {
  at::manual_seed(4);
  const at::Tensor leaf = at::randn({6, 5}).requires_grad_(true),
                   weight = at::randn({6, 6}).requires_grad_(true);
  const auto learn = [&](const Offload* offload, int64_t& held) {
    leaf.mutable_grad() = weight.mutable_grad() = at::Tensor();
    std::vector<int64_t> strides;
    const Part part = [&](const std::vector<at::Tensor>& in) {
      strides.push_back(in[0].stride(0));
      return at::silu(at::mm(in[0], weight)) + in[1];
    };
    at::Tensor x = (leaf * 2).t();  // laid out by columns
    const c10::weak_intrusive_ptr<c10::StorageImpl> memory(
        c10::intrusive_ptr<c10::StorageImpl>::reclaim_copy(x.storage().unsafeGetStorageImpl()));
    const at::Tensor y = checkpoint(part, {x, at::ones({1})}, offload);
    x.reset();
    held = static_cast<int64_t>(memory.use_count());
    y.square().sum().backward();
    CATCH_CHECK(strides == std::vector<int64_t>{1, 1});
    return std::vector<at::Tensor>{leaf.grad().clone(), weight.grad().clone()};
  };
  int64_t held = -1;
  const auto expected = learn(nullptr, held);
  CATCH_CHECK(held > 0);
  const int64_t bytes = 6 * 5 * 4;
  for (const auto& [offload, goes] : {std::pair{Offload{bytes, true}, true},
                                      {Offload{bytes + 1, true}, false},
                                      {Offload{bytes, false}, false}}) {
    const auto grads = learn(&offload, held);
    CATCH_CHECK((held == 0) == goes);
    for (size_t i = 0; i < grads.size(); ++i) CATCH_CHECK(at::equal(grads[i], expected[i]));
  }
  const Offload all{0, true};
  CATCH_CHECK(all.moves(leaf));
  CATCH_CHECK_FALSE(all.moves(leaf.narrow(1, 0, 2)));  // a part of something larger, which stays
}

CATCH_TEST_CASE("Without gradients a checkpoint is a plain call", "[nn]") {
  const at::NoGradGuard no_grad;
  int calls = 0;
  const at::Tensor y = checkpoint(
      [&](const std::vector<at::Tensor>& in) { return ++calls, in[0] * 2; }, {at::ones({2})});
  CATCH_CHECK(calls == 1);
  CATCH_CHECK_FALSE(y.requires_grad());
}

CATCH_TEST_CASE("A fault in a part that is called again arrives as it was thrown", "[nn]") {
  int calls = 0;
  const Part part = [&](const std::vector<at::Tensor>& in) {
    if (++calls > 1) fail(ErrorKind::System, "no memory left");
    return in[0] * 2;
  };
  const auto y = checkpoint(part, {at::ones({2}).requires_grad_(true)});
  CATCH_CHECK(test::failure_of([&] { y.sum().backward(); }).says("no memory left"));
}

}  // namespace svg::nn
