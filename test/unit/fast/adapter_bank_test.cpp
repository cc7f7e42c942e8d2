// A bank's ways of computing: what learns beside a frozen side path, and who may change a UNet.
#include "libcore/fast/adapter_bank.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <type_traits>

#include "libcore/model/unet3d.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/two_level_unet.h"

namespace svg::fast {
namespace {

using test::failure_of;
using test::relative_error;

// A UNet whose weights learn on a batch of three, and a bank with a row for each of it.
constexpr int64_t kBatch = 3;
constexpr double kScale = 0.7;

struct Fixture {
  Parameters parameters = Parameters::fresh(3, at::kCPU);
  UNet3D unet = make_unet3d(parameters, test::two_level_unet());
  AdapterBank bank{parameters, "attention,ff,proj", 2, kScale, {"x", "y", "z"}};
  at::Tensor sample, timestep, text, direction;

  // In fp64 what is left of a difference is no rounding.
  explicit Fixture(at::ScalarType dtype = at::kFloat) {
    const at::NoGradGuard no_grad;
    // What a fresh model leaves out of its result, the last temporal convolutions, shall count.
    at::manual_seed(5);
    for (const auto& [name, t] : parameters.list()) {
      if (name.find(".conv4.3.weight") != std::string::npos) at::Tensor(t).normal_(0, 0.1);
    }
    bank.parameters().values.normal_(0, 0.2);
    sample = at::randn({kBatch, 3, 4, 4, 6}, dtype);
    timestep = at::randint(0, 1000, {kBatch}, at::kLong);
    text = at::randn({kBatch, 3, 5}, dtype);
    direction = at::randn({kBatch, 3, 4, 4, 6}, dtype);
    for (const auto& [name, t] : parameters.list()) {
      at::Tensor(t).set_data(t.to(dtype));
      t.requires_grad_(true);
    }
  }
  void forget_b() {
    const at::NoGradGuard no_grad;
    for (auto& [name, t] : bank.parameters().named) {
      if (name.ends_with("lora_B.weight")) t.zero_();
    }
  }
  at::Tensor loss(int64_t first = 0, int64_t count = kBatch) const {
    const auto part = [&](const at::Tensor& x) { return x.narrow(0, first, count); };
    return (forward(unet, part(sample), part(timestep), part(text)) * part(direction)).sum();
  }
  // Of all base parameters, which lose them.
  std::vector<at::Tensor> gradients(const at::Tensor& of) const {
    torch::autograd::backward({of}, {});
    std::vector<at::Tensor> out;
    for (const auto& [name, t] : parameters.list()) {
      out.push_back(t.grad().defined() ? t.grad().clone() : at::zeros_like(t));
      at::Tensor(t).mutable_grad() = at::Tensor();
    }
    return out;
  }
  // The gradients of the same loss with dense weights of each item's own, W + s B_e A_e as a
  // function of W, one item after the other.
  std::vector<at::Tensor> dense_gradients() {
    std::map<std::string, at::Tensor> pairs;
    for (const auto& [name, t] : bank.parameters().named) pairs[name] = t.detach();
    const AdapterLease lease(parameters);
    at::Tensor total = at::zeros({});
    for (int64_t e = 0; e < kBatch; ++e) {
      for (size_t i = 0; i < parameters.sites().size(); ++i) {
        const auto& site = parameters.sites()[i];
        const auto key = "base_model.model." + site.name;
        const auto a = pairs.find(key + ".lora_A.weight"), b = pairs.find(key + ".lora_B.weight");
        if (a == pairs.end()) continue;
        const auto dense = site.weight + kScale * at::mm(b->second[e].to(at::kDouble),
                                                         a->second[e].to(at::kDouble));
        lease.slot(i) = LoraSlot{{}, {}, kScale, dense.unsqueeze(0)};
      }
      total = total + loss(e, 1);
    }
    return gradients(total);
  }
};

}  // namespace

CATCH_TEST_CASE(
    "Beside a frozen side path the base gets the gradients of W + s B A, and A and B none",
    "[learn]") {
  Fixture f(at::kDouble);
  const auto expected = f.dense_gradients();
  f.unet.checkpointing =
      GENERATE(nn::Checkpointing::None, nn::Checkpointing::Blocks, nn::Checkpointing::All);
  f.bank.use_frozen_side_path();
  const auto got = f.gradients(f.loss());
  f.bank.use_base();
  const auto plain = f.gradients(f.loss());
  double different = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    CATCH_CAPTURE(f.parameters.list()[i].first);
    CATCH_CHECK((got[i] - expected[i]).norm().item<double>() <=
                1e-9 * expected[i].norm().item<double>());
    different = std::max(different, relative_error(plain[i], got[i]));
  }
  CATCH_CHECK(different > 0.1);  // the side path matters to them
  CATCH_CHECK(f.bank.parameters().grads.abs().max().item<double>() == 0);
}

CATCH_TEST_CASE("Beside a frozen side path with zero B the base learns bit for bit as without it",
                "[learn]") {
  Fixture f;
  f.forget_b();
  const auto plain = f.gradients(f.loss());
  f.bank.use_frozen_side_path();
  const auto beside = f.gradients(f.loss());
  for (size_t i = 0; i < plain.size(); ++i) {
    CATCH_CAPTURE(f.parameters.list()[i].first);
    CATCH_CHECK(at::equal(beside[i], plain[i]));
  }
}

CATCH_TEST_CASE("The base that a frozen side path stands beside is the one of the moment",
                "[learn]") {
  Fixture f;
  const at::NoGradGuard no_grad;
  f.bank.use_frozen_side_path();
  const auto before = f.loss();
  for (const auto& [name, t] : f.parameters.list()) at::Tensor(t).mul_(1.1);  // it has learned
  const auto after = f.loss();
  f.bank.merge();
  f.bank.use_merged();
  CATCH_CHECK(relative_error(f.loss(), after) < 1e-4);
  CATCH_CHECK(relative_error(before, after) > 1e-3);
}

CATCH_TEST_CASE("One bank at a time changes a UNet, which must not be const", "[learn]") {
  static_assert(!std::is_constructible_v<AdapterLease, const Parameters&>);
  static_assert(!std::is_copy_constructible_v<AdapterLease>);
  static_assert(std::is_move_constructible_v<AdapterLease>);
  Fixture f;
  AdapterBank other(f.parameters, "attention", 2, 1, {"w"}, MergeInto::Base);
  const auto refused = [&](const auto& way) { return failure_of(way).kind == ErrorKind::Internal; };
  const auto in_use = [&] {
    bool any = false;
    for (const auto& site : f.parameters.sites()) any = any || site.slot->active();
    return any;
  };
  f.bank.use_side_path();
  CATCH_CHECK(refused([&] { other.use_side_path(); }));
  CATCH_CHECK(refused([&] { other.use_frozen_side_path(); }));
  CATCH_CHECK(refused([&] { other.merge(), other.use_merged(); }));
  CATCH_CHECK(refused([&] { AdapterLease lease(f.parameters); }));
  auto copy = f.parameters;  // of the handles: the slots are the same
  CATCH_CHECK(refused([&] { AdapterLease lease(copy); }));
  other.use_base();  // which has nothing to give back
  CATCH_CHECK(in_use());
  f.bank.use_base();
  CATCH_CHECK_FALSE(in_use());
  other.use_merged();
  CATCH_CHECK(refused([&] { f.bank.use_side_path(); }));
  other.use_base();

  auto lease = std::make_unique<AdapterLease>(f.parameters);
  auto moved = std::make_unique<AdapterLease>(std::move(*lease));
  lease.reset();
  moved->slot(0).merged = at::zeros({1, 1, 1});
  CATCH_CHECK(refused([&] { f.bank.use_side_path(); }));
  moved.reset();
  CATCH_CHECK_FALSE(in_use());
  f.bank.use_side_path();
}

CATCH_TEST_CASE("Pairs that stay hold no gradients, and pairs that are given pass theirs on",
                "[learn]") {
  Fixture f;
  AdapterBank stays(f.parameters, "attention,ff,proj", 2, kScale, {"x", "y", "z"},
                    MergeInto::Buffers, Pairs::Stay);
  {
    const at::NoGradGuard no_grad;
    stays.parameters().values.copy_(f.bank.parameters().values);
  }
  CATCH_CHECK_FALSE(stays.parameters().grads.defined());
  CATCH_CHECK(failure_of([&] { stays.use_side_path(); }).kind == ErrorKind::Internal);
  f.bank.use_frozen_side_path();
  const auto expected = f.loss().detach();
  f.bank.use_base();
  stays.use_frozen_side_path();
  CATCH_CHECK(f.loss().detach().equal(expected));
  stays.use_base();

  // What all rows have in common gets the sum of their gradients.
  f.bank.use_side_path();
  torch::autograd::backward({f.loss()}, {});
  f.bank.use_base();
  NamedTensors pairs;
  std::vector<at::Tensor> shared;
  for (const auto& [name, t] : stays.parameters().named) {
    shared.push_back(at::zeros(t.sizes().slice(1)).requires_grad_(true));
    pairs.emplace_back(name, shared.back().unsqueeze(0) + t.detach());
  }
  stays.use_side_path_of(pairs);
  torch::autograd::backward({f.loss()}, {});
  stays.use_base();
  const auto& named = f.bank.parameters().named;
  for (size_t i = 0; i < named.size(); ++i)
    CATCH_CHECK(relative_error(shared[i].grad(), named[i].second.grad().sum(0)) < 1e-4);
}

}  // namespace svg::fast
