// Offloaded tensors, on the CPU and on the meta device; and a Temp-LoRA whose tensors are such.
#include "libcore/fast/offloaded_tensor.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>

#include "libcore/fast/temp_lora.h"
#include "libcore/model/unet3d.h"
#include "libcore/tensor/allocation_simulation.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/two_level_unet.h"

namespace svg::fast {
namespace {

// A model, and a memory of it that has learned: no zeros in A, B and the moments.
struct Learned {
  Parameters parameters = Parameters::fresh(3, at::kCPU);
  UNet3D unet = make_unet3d(parameters, test::two_level_unet());
  TempLora memory;
  // Flat tensors as the memory has them: holding them fetches nothing.
  at::Tensor values, grads, exp_avg, exp_avg_sq;

  explicit Learned(OffloadWhileSampling offload)
      : memory(parameters, "attention", 2, 1, {"x"}, offload) {
    const at::NoGradGuard no_grad;
    values = memory.parameters().values, grads = memory.parameters().grads;
    exp_avg = memory.optimizer().exp_avg, exp_avg_sq = memory.optimizer().exp_avg_sq;
    at::manual_seed(4);
    for (const auto& t : {values, grads, exp_avg}) t.normal_();
    exp_avg_sq.uniform_();
  }
  void sample() {
    memory.merge();
    memory.use_merged();
  }
  std::vector<size_t> bytes() const {
    std::vector<size_t> out;
    for (const auto& t : {values, grads, exp_avg, exp_avg_sq}) out.push_back(t.storage().nbytes());
    return out;
  }
};

bool equal(const NamedTensors& a, const NamedTensors& b) {
  bool same = a.size() == b.size();
  for (size_t i = 0; same && i < a.size(); ++i)
    same = a[i].first == b[i].first && at::equal(a[i].second, b[i].second);
  return same;
}

}  // namespace

CATCH_TEST_CASE("A tensor is offloaded and fetched with its views", "[learn]") {
  const auto kept = GENERATE(Contents::Kept, Contents::Zeroed);
  const at::Tensor whole = at::arange(12, at::kFloat), before = whole.clone();
  const at::Tensor view = whole.narrow(0, 3, 6).view({2, 3});
  OffloadedTensor offloaded(whole, kept);
  CATCH_CHECK(whole.storage().nbytes() == 0);
  CATCH_CHECK(whole.storage().data() == nullptr);
  CATCH_CHECK(view.sizes() == at::IntArrayRef{2, 3});
  offloaded.fetch();
  const at::Tensor expected = kept == Contents::Kept ? before : at::zeros_like(before);
  CATCH_CHECK(at::equal(whole, expected));
  CATCH_CHECK(at::equal(view, expected.narrow(0, 3, 6).view({2, 3})));
  view.fill_(7);
  CATCH_CHECK(whole[3].item<float>() == 7);
  offloaded.fetch();  // nothing to do
  CATCH_CHECK(whole[3].item<float>() == 7);
  CATCH_CHECK(test::failure_of([&] { OffloadedTensor(whole.narrow(0, 0, 4), kept); }).kind ==
              ErrorKind::Internal);
}

CATCH_TEST_CASE("On the meta device an offloaded tensor counts no bytes", "[learn]") {
  const AllocationSimulation memory;
  const at::Tensor whole = at::empty({100}, at::TensorOptions(at::kFloat).device(at::kMeta));
  const auto bytes = memory.live_bytes();
  OffloadedTensor offloaded(whole, Contents::Kept);
  CATCH_CHECK(memory.live_bytes() == 0);
  offloaded.fetch();
  CATCH_CHECK(memory.live_bytes() == bytes);
}

CATCH_TEST_CASE(
    "While sampling a memory holds nothing, and whatever asks for it fetches the same bits",
    "[learn]") {
  Learned offloads(OffloadWhileSampling::Always), holds(OffloadWhileSampling::Never);
  const auto present = offloads.bytes();
  CATCH_REQUIRE(present == holds.bytes());
  const std::vector<size_t> nothing(4, 0);
  const auto both = [&](const auto& f) {
    offloads.sample();
    CATCH_CHECK(offloads.bytes() == nothing);
    offloads.memory.use_merged();  // as before every step of a sampler
    CATCH_CHECK(offloads.bytes() == nothing);
    holds.sample();
    CATCH_CHECK(holds.bytes() == present);
    CATCH_CHECK(f(offloads) == f(holds));
  };
  const auto same = [&] {
    CATCH_CHECK(equal(offloads.memory.delta(0), holds.memory.delta(0)));
    CATCH_CHECK(equal(offloads.memory.moments(0), holds.memory.moments(0)));
  };
  both([](Learned& l) { return l.memory.norms().item<double>(); });
  both([](Learned& l) { return l.memory.parameters().values.sum().item<double>(); });
  both([](Learned& l) { return l.memory.optimizer().exp_avg_sq.sum().item<double>(); });
  both([](Learned& l) {
    return l.memory.use_side_path(), l.values.sum().item<double>() + l.exp_avg.sum().item<double>();
  });
  // Gradients come back as what learning makes of them first.
  CATCH_CHECK(offloads.grads.abs().sum().item<double>() == 0);
  offloads.sample(), same();
  both([](Learned& l) { return l.memory.shrink(0.5), 0; });
  same();
  Learned other(OffloadWhileSampling::Never);
  other.memory.shrink(0.25);
  std::map<std::string, at::Tensor> delta, moments;
  for (const auto& [name, t] : other.memory.delta(0)) delta[name] = t;
  for (const auto& [name, t] : other.memory.moments(0)) moments[name] = t.mul(2);
  both([&](Learned& l) { return l.memory.load(0, delta), 0; });
  same();
  both([&](Learned& l) { return l.memory.load_moments(0, moments, 5), l.memory.steps_made(); });
  same();
  both([](Learned& l) { return l.memory.reset(3, 0), 0; });
  same();
  offloads.sample();
  offloads.memory.use_base();
  CATCH_CHECK(offloads.bytes() == nothing);  // a sampler's step without the memory
  both([](Learned& l) { return l.memory.reset(3), 0; });
  same();
}

}  // namespace svg::fast
