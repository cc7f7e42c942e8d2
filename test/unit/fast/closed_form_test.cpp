// Writes in closed form are what their formulas say, and what earlier windows use stays.
#include "libcore/fast/closed_form.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "libcore/nn/layers.h"
#include "libcore/tensor/draws.h"
#include "test/support/catch.h"
#include "test/support/golden.h"

namespace svg::fast {
namespace {

constexpr int64_t kEpisodes = 2, kRows = 7, kIn = 6, kOut = 4, kRank = 3;

at::Tensor normal(const char* what, at::IntArrayRef shape) {
  return draw_normal({1, what, 0, "test", 0}, shape);
}

struct Layer {
  Parameters parameters = Parameters::fresh(3, at::kCPU);
  nn::Linear layer = nn::make_linear(parameters, "x", kIn, kOut, false);
  TempLora memory{parameters, "x", kRank, 0.5, {"e", "f"}, OffloadWhileSampling::Never};

  explicit Layer(Rule rule) {
    memory.set_rule(rule);
    memory.reset(5);
  }
  at::Tensor a() { return memory.parameters().named[0].second.detach(); }
  at::Tensor b() { return memory.parameters().named[1].second.detach(); }
  at::Tensor out(const at::Tensor& x) {
    memory.use_side_path();
    auto y = nn::forward(layer, x.reshape({kEpisodes * kRows, kIn}));
    memory.use_base();
    return y.view({kEpisodes, kRows, kOut});
  }
  // One step on x -> target; the loss before it.
  double step(const FastSettings& s, const at::Tensor& x, const at::Tensor& target) {
    memory.parameters().grads.zero_();
    memory.use_side_path();
    memory.begin_step();
    const auto y = nn::forward(layer, x.reshape({kEpisodes * kRows, kIn}));
    const auto loss = (y - target.reshape({kEpisodes * kRows, kOut})).square().sum();
    if (s.rule != Rule::Local) torch::autograd::backward({loss}, {});
    memory.end_step();
    memory.use_base();
    closed_form_write(s, s.lr, memory);
    return loss.item<double>();
  }
};

at::Tensor unit(const at::Tensor& x) {
  return x / x.square().mean().sqrt();
}

}  // namespace

CATCH_TEST_CASE("Orthogonal: the gradient's own directions, each as strong as the others",
                "[closed form]") {
  Layer of(Rule::Orthogonal);
  const FastSettings s{.lr = 0.03, .rule = Rule::Orthogonal};
  const auto x = normal("x0", {kEpisodes, kRows, kIn});
  const auto target = normal("target", {kEpisodes, kRows, kOut});
  const auto a = of.a().clone();
  of.step(s, x, target);
  CATCH_CHECK(of.a().equal(a));  // beside a B of zeros it has no gradient
  for (int round = 0; round < 2; ++round) {
    const auto before_a = of.a().to(at::kDouble).clone(), before_b = of.b().to(at::kDouble).clone();
    of.step(s, x, target);
    const auto& named = of.memory.parameters().named;
    for (size_t i = 0; i < 2; ++i) {
      const auto& before = i == 0 ? before_a : before_b;
      for (int64_t e = 0; e < kEpisodes; ++e) {
        const auto change = (before[e] - named[i].second.detach()[e].to(at::kDouble)) / s.lr;
        CATCH_CHECK(change.square().mean().item<double>() == Approx(1).epsilon(1e-4));
        const auto [u, strengths, v] =
            at::linalg_svd(named[i].second.grad()[e].to(at::kDouble), false);
        const auto along = at::mm(at::mm(u.mT(), change), v.mT());
        const auto diagonal = along.diagonal();
        CATCH_CHECK((along - diagonal.diag()).abs().max().item<double>() < 1e-4);
        // Muon's iteration leaves singular values between about 0.7 and 1.2.
        CATCH_CHECK(diagonal.min().item<double>() > 0.5 * diagonal.max().item<double>());
      }
    }
  }
}

CATCH_TEST_CASE("Ridge: the gradient of B by the inverse of all A x so far", "[closed form]") {
  Layer of(Rule::Ridge);
  const FastSettings s{.lr = 0.03, .rule = Rule::Ridge, .damping = 0.2};
  auto gram = at::zeros({kEpisodes, kRank, kRank}, at::kDouble);
  for (int round = 0; round < 3; ++round) {
    const auto x = normal(round == 0 ? "x0" : round == 1 ? "x1" : "x2", {kEpisodes, kRows, kIn});
    const auto target = normal("target", {kEpisodes, kRows, kOut});
    const auto a = of.a().to(at::kDouble), before = of.b().to(at::kDouble).clone();
    const auto low = at::bmm(x.to(at::kDouble), a.mT());  // [E, rows, R]
    gram += at::bmm(low.mT(), low);
    const auto w = of.layer.weight.detach().to(at::kDouble);
    const auto y = at::matmul(x.to(at::kDouble), w.t()) + at::bmm(low, before.mT()) * 0.5;
    const auto gradient = at::bmm((y - target.to(at::kDouble)).mT(), low) * (2 * 0.5);
    of.step(s, x, target);
    for (int64_t e = 0; e < kEpisodes; ++e) {
      const auto damped =
          gram[e] + at::eye(kRank, at::kDouble) * (gram[e].diagonal().mean() * s.damping);
      const auto expected = before[e] - unit(at::mm(gradient[e], at::inverse(damped))) * s.lr;
      CATCH_CHECK(test::relative_error(of.b()[e], expected) < 1e-5);
    }
    CATCH_CHECK(of.a().to(at::kDouble).equal(a));
  }
}

CATCH_TEST_CASE("Local: the outer product of what a layer gives and A x", "[closed form]") {
  Layer of(Rule::Local);
  const FastSettings s{.lr = 0.03, .rule = Rule::Local};
  const auto x = normal("x0", {kEpisodes, kRows, kIn});
  for (int round = 0; round < 2; ++round) {
    const auto before = of.b().clone();
    const auto low = at::bmm(x, of.a().mT());
    const auto y = at::matmul(x, of.layer.weight.detach().t());
    of.step(s, x, y);
    for (int64_t e = 0; e < kEpisodes; ++e) {
      const auto expected = before[e] + unit(at::mm(y[e].t(), low[e])) * s.lr;
      CATCH_CHECK(test::relative_error(of.b()[e], expected) < 1e-5);
    }
  }
}

CATCH_TEST_CASE("Ridge: many small writes lower the loss", "[closed form]") {
  Layer of(Rule::Ridge);
  const FastSettings s{.lr = 0.01, .rule = Rule::Ridge};
  const auto x = normal("x0", {kEpisodes, kRows, kIn});
  const auto target = normal("target", {kEpisodes, kRows, kOut});
  const double first = of.step(s, x, target);
  double last = first;
  for (int i = 0; i < 40; ++i) last = of.step(s, x, target);
  CATCH_CHECK(last < 0.9 * first);
}

CATCH_TEST_CASE("The sums of an episode go to the disk and come back", "[closed form]") {
  Layer of(Rule::Ridge), other(Rule::Ridge);
  const FastSettings s{.lr = 0.03, .rule = Rule::Ridge};
  const auto x = normal("x0", {kEpisodes, kRows, kIn});
  const auto target = normal("target", {kEpisodes, kRows, kOut});
  of.step(s, x, target);
  for (int64_t e = 0; e < kEpisodes; ++e) {
    std::map<std::string, at::Tensor> delta, moments;
    for (const auto& [name, t] : of.memory.delta(e)) delta[name] = t;
    for (const auto& [name, t] : of.memory.moments(e)) moments[name] = t;
    CATCH_CHECK(moments.contains("base_model.model.x.lora_B.weight.gram"));
    other.memory.load(e, delta);
    other.memory.load_moments(e, moments, 0);
  }
  of.step(s, x, target);
  other.step(s, x, target);
  CATCH_CHECK(of.b().equal(other.b()));
}

}  // namespace svg::fast
