// Memories in a store: rank and dtype of what is kept.
#include "libcore/loop/stored_delta.h"

#include <ATen/ATen.h>

#include "libcore/fast/memory_store.h"
#include "libcore/tensor/draws.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"

namespace svg::loop {
namespace {

struct Learned {
  Parameters parameters = Parameters::fresh(0, at::kCPU);
  at::Tensor weight = parameters.take("x.weight", {6, 5}, Init::FanIn, 5);
  std::shared_ptr<const LoraSlot> slot = parameters.add_site("x", weight);
  fast::TempLora memory{parameters, "x", 4, 0.5, {"e"}, fast::OffloadWhileSampling::Never};
  Learned() {
    memory.load(0,
                {{"base_model.model.x.lora_A.weight", draw_normal({1, "a", 0, "t", 0}, {4, 5})},
                 {"base_model.model.x.lora_B.weight", draw_normal({1, "b", 0, "t", 0}, {6, 4})}});
  }
};

// s B A of revision 1 of a store with these settings.
at::Tensor stored_change(const StoreSettings& s, const Learned& of) {
  const test::TempDir folder;
  const auto form = stored_form(s, 4, 0.5);
  formats::MemoryInfo info;
  info.lora = {.rank = form.rank,
               .alpha = form.alpha,
               .base = "xxh128:aa",
               .targets = {"x"},
               .provenance = {{"tool", "t"}}};
  info.optimizer = {{"steps", 1}};
  auto directory = formats::Memory::create(folder.path() + "/m.memory", info);
  store_delta(directory, of.memory, 0, s, {.episode = "e", .chunk = 1}, {{"tool", "t"}});
  const auto delta = read_delta(directory, 1);
  return at::mm(delta.at("base_model.model.x.lora_B.weight"),
                delta.at("base_model.model.x.lora_A.weight")) *
         (form.alpha / static_cast<double>(form.rank));
}

}  // namespace

CATCH_TEST_CASE("A stored memory is the learned one, or the best of its rank", "[store]") {
  const Learned of;
  const auto delta = of.memory.delta(0);
  const auto change = at::mm(delta[1].second, delta[0].second) * 0.5;
  CATCH_CHECK(test::relative_error(stored_change({.dtype = Precision::Fp32}, of), change) < 1e-6);
  const double half = test::relative_error(stored_change({.dtype = Precision::Fp16}, of), change);
  CATCH_CHECK(half > 1e-6);
  CATCH_CHECK(half < 2e-3);
  CATCH_CHECK(test::relative_error(stored_change({.dtype = Precision::Fp32, .rank = 4}, of),
                                   change) < 1e-6);
  const auto two = stored_change({.dtype = Precision::Fp32, .rank = 2}, of);
  const auto [u, s, v] = at::linalg_svd(change.to(at::kDouble), false);
  const auto best = at::mm(u.narrow(1, 0, 2) * s.narrow(0, 0, 2), v.narrow(0, 0, 2));
  CATCH_CHECK(test::relative_error(two, best) < 1e-5);
}

}  // namespace svg::loop
