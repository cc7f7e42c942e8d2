// AdamW, clipping, the learning rate's schedule and the average: against their formulas, written
// out anew in double.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <vector>

#include "libcore/optim/adamw.h"
#include "libcore/optim/flat_parameters.h"
#include "libcore/optim/schedule.h"
#include "test/support/catch.h"
#include "test/support/golden.h"

namespace svg::optim {
namespace {

// Algorithm 2 of Loshchilov and Hutter (arXiv 1711.05101) with a constant schedule multiplier, one
// number at a time.
struct Reference {
  std::vector<double> x, m, v;
  void update(const AdamWOptions& o, double lr, const std::vector<double>& g, int step) {
    for (size_t i = 0; i < x.size(); ++i) {
      m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i];
      v[i] = o.beta2 * v[i] + (1 - o.beta2) * g[i] * g[i];
      const double m_hat = m[i] / (1 - std::pow(o.beta1, step)),
                   v_hat = v[i] / (1 - std::pow(o.beta2, step));
      x[i] -= lr * (m_hat / (std::sqrt(v_hat) + o.eps) + o.weight_decay * x[i]);
    }
  }
};

at::Tensor tensor_of(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

}  // namespace

CATCH_TEST_CASE("AdamW follows its formula", "[learn]") {
  const double decay = GENERATE(0.0, 0.1);
  const AdamWOptions options{0.8, 0.95, 1e-6, decay};
  at::manual_seed(1);
  const at::Tensor start = at::randn({33}, at::kDouble).to(at::kFloat).to(at::kDouble);
  std::vector<double> x(start.const_data_ptr<double>(), start.const_data_ptr<double>() + 33);
  Reference reference{x, std::vector<double>(33, 0), std::vector<double>(33, 0)};
  at::Tensor values = start.to(at::kFloat);
  AdamW adamw = make_adamw(values);
  for (int step = 1; step <= 20; ++step) {
    const double lr = 0.1 / step;
    const at::Tensor grads = at::randn({33}) * std::pow(10.0, step % 5 - 3);
    const at::Tensor wide = grads.to(at::kDouble);
    reference.update(options, lr,
                     {wide.const_data_ptr<double>(), wide.const_data_ptr<double>() + 33}, step);
    adamw_update(adamw, options, lr, values, grads);
    CATCH_CHECK(adamw.step == step);
    CATCH_CHECK(test::relative_error(values.to(at::kDouble), tensor_of(reference.x)) < 1e-5);
  }
  CATCH_CHECK(test::relative_error(adamw.exp_avg.to(at::kDouble), tensor_of(reference.m)) < 1e-5);
  CATCH_CHECK(test::relative_error(adamw.exp_avg_sq.to(at::kDouble), tensor_of(reference.v)) <
              1e-5);
}

CATCH_TEST_CASE("Flat parameters share storage with the model's tensors and their gradients",
                "[learn]") {
  at::Tensor a = at::full({2, 3}, 1.0), b = at::full({4}, 2.0);
  auto flat = flatten({{"a", a}, {"b", b}});
  {
    at::NoGradGuard no_grad;
    flat.values.mul_(10);
  }
  CATCH_CHECK(at::equal(a, at::full({2, 3}, 10.0)));
  CATCH_CHECK(at::equal(b, at::full({4}, 20.0)));
  ((a * a).sum() + b.sum()).backward();
  CATCH_CHECK(at::equal(flat.grads, at::cat({at::full({6}, 20.0), at::ones({4})})));
  const auto parts = cut(flat, at::arange(10));
  CATCH_CHECK(parts[0].first == "a");
  CATCH_CHECK(at::equal(parts[1].second, at::arange(6, 10)));
}

CATCH_TEST_CASE("Gradients are clipped to their global norm, and left alone below it", "[learn]") {
  at::Tensor a = at::zeros({1}), b = at::zeros({2});
  auto flat = flatten({{"a", a}, {"b", b}});
  flat.grads.copy_(at::tensor({2.0, 3.0, 6.0}));
  CATCH_CHECK(clip_gradients(flat, 7.5) == Approx(7));
  CATCH_CHECK(at::equal(flat.grads, at::tensor({2.0f, 3.0f, 6.0f})));
  CATCH_CHECK(clip_gradients(flat, 0) == Approx(7));
  CATCH_CHECK(at::equal(flat.grads, at::tensor({2.0f, 3.0f, 6.0f})));
  CATCH_CHECK(clip_gradients(flat, 3.5) == Approx(7));
  CATCH_CHECK(at::allclose(flat.grads, at::tensor({1.0f, 1.5f, 3.0f})));
  CATCH_CHECK(at::allclose(b.grad(), at::tensor({1.5f, 3.0f})));
}

CATCH_TEST_CASE("The learning rate warms up, then stays or falls as a cosine", "[learn]") {
  LrSchedule s{2.0, LrShape::Cosine, 4, 14, 0.1};
  CATCH_CHECK(lr_at(s, 0) == Approx(0.5));
  CATCH_CHECK(lr_at(s, 3) == Approx(2.0));
  CATCH_CHECK(lr_at(s, 4) == Approx(2.0));
  CATCH_CHECK(lr_at(s, 9) == Approx((2.0 + 0.2) / 2));  // half way between the two ends
  CATCH_CHECK(lr_at(s, 14) == Approx(0.2));
  CATCH_CHECK(lr_at(s, 1000) == Approx(0.2));
  for (int64_t step = 4; step < 14; ++step) CATCH_CHECK(lr_at(s, step) > lr_at(s, step + 1));
  s.shape = LrShape::Constant;
  CATCH_CHECK(lr_at(s, 1) == Approx(1.0));
  CATCH_CHECK(lr_at(s, 1000) == Approx(2.0));
}

CATCH_TEST_CASE("A young average follows its weights, an old one has the decay asked for",
                "[learn]") {
  CATCH_CHECK(ema_decay_at(0.999, 0) == Approx(1.0 / 10));
  CATCH_CHECK(ema_decay_at(0.999, 90) == Approx(91.0 / 100));
  CATCH_CHECK(ema_decay_at(0.999, 1000000) == Approx(0.999));
}

}  // namespace svg::optim
