// Moments of 8 bits and weights of 16: against fp32, with the tolerance that their steps explain.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "libcore/optim/adamw_8bit.h"
#include "libcore/optim/flat_parameters.h"
#include "libcore/slow/train_loop.h"
#include "libcore/slow/training_state.h"
#include "libcore/tensor/runtime.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_run.h"

namespace svg::slow {
namespace {

// The largest distance between neighbours of the map around `x`, halved: what rounding to it can
// do.
double half_gap_at(const at::Tensor& map, double x) {
  const auto* v = map.const_data_ptr<float>();
  int64_t i = 0;
  while (i < 254 && v[i + 1] < x) ++i;
  return (v[i + 1] - v[i]) / 2.0;
}

}  // namespace

CATCH_TEST_CASE("The dynamic map has 256 values, fine near zero, as in the paper", "[learn]") {
  const auto plain = optim::block_map_values(optim::BlockMap::Unsigned),
             with_sign = optim::block_map_values(optim::BlockMap::Signed);
  for (const auto& map : {plain, with_sign}) {
    CATCH_REQUIRE(map.numel() == 256);
    CATCH_CHECK((map.narrow(0, 1, 255) > map.narrow(0, 0, 255)).all().item<bool>());
    CATCH_CHECK((map == 0).sum().item<int64_t>() == 1);
    CATCH_CHECK(map[255].item<float>() == 1);
  }
  // Beside 0 and 1 a decade d has 2^d values of each sign, or 2^(d+1) without signs.
  for (int d = 0; d < 7; ++d) {
    const double high = std::pow(10.0, d - 6), low = high / 10;
    const auto inside = [&](const at::Tensor& m) {
      return ((m > low) & (m < high)).sum().item<int64_t>();
    };
    CATCH_CHECK(inside(plain) == 2 << d);
    CATCH_CHECK(inside(with_sign) == 1 << d);
    CATCH_CHECK(inside(-with_sign) == 1 << d);
  }
}

CATCH_TEST_CASE("A block of numbers comes back within half a step of the map", "[learn]") {
  at::manual_seed(2);
  const auto kind = GENERATE(optim::BlockMap::Signed, optim::BlockMap::Unsigned);
  const int64_t count = GENERATE(256, 3 * 256 + 17, 5);
  at::Tensor x = at::randn({count}) * at::pow(10.0, at::randint(-4, 3, {count}).to(at::kFloat));
  if (kind == optim::BlockMap::Unsigned) x = x.abs();
  x[1] = 0;
  auto q = optim::make_block_quantized(x, kind);
  CATCH_CHECK(at::equal(optim::dequantize(q, 0, count), at::zeros({count})));
  optim::quantize(q, 0, x);
  const auto y = optim::dequantize(q, 0, count);
  CATCH_CHECK(y[1].item<float>() == 0);
  for (int64_t i = 0; i < count; ++i) {
    const double largest = q.absmax[i / 256].item<float>(), a = x[i].item<float>(),
                 b = y[i].item<float>();
    if (kind == optim::BlockMap::Unsigned && a > 0 && b < 1.01 * q.map[1].item<float>() * largest)
      continue;  // never down to 0
    CATCH_CHECK(std::abs(a - b) <= half_gap_at(q.map, a / largest) * largest * (1 + 1e-5));
  }
  if (kind == optim::BlockMap::Signed)
    return;  // has 1 but no -1: a block whose largest number is negative gets another scale
  // A second time they stay where they are.
  auto again = optim::make_block_quantized(x, kind);
  optim::quantize(again, 0, y);
  CATCH_CHECK(at::equal(optim::dequantize(again, 0, count), y));
}

CATCH_TEST_CASE("A second moment that is tiny beside its block's largest does not become 0",
                "[learn]") {
  at::Tensor x = at::zeros({256});
  x[0] = 1;
  x[1] = 1e-12;
  auto q = optim::make_block_quantized(x, optim::BlockMap::Unsigned);
  optim::quantize(q, 0, x);
  const auto y = optim::dequantize(q, 0, 256);
  CATCH_CHECK(y[1].item<float>() > 0);
  CATCH_CHECK(y[2].item<float>() == 0);
}

// A quadratic bowl with noise in its slope: both optimizers come down the same way. A code is off
// by at most a few percent of its number in the upper decades, so an update of Adam is, too; forty
// of them of size lr differ by a few percent of the way.
CATCH_TEST_CASE("AdamW with 8-bit moments stays beside AdamW with fp32 moments", "[learn]") {
  at::manual_seed(4);
  const int64_t n = 1000, steps = 40;
  const double lr = 0.01;
  const at::Tensor target = at::randn({n}), steepness = at::rand({n}) + 0.5;
  at::Tensor a = at::randn({n});
  at::Tensor b = a.clone();
  const at::Tensor start = a.clone();
  optim::AdamW exact = optim::make_adamw(a);
  optim::AdamW8bit narrow = optim::make_adamw_8bit(b);
  const optim::AdamWOptions options{0.9, 0.999, 1e-8, 0.01};
  for (int64_t step = 0; step < steps; ++step) {
    const at::Tensor noise = at::randn({n}) * 0.1;
    optim::adamw_update(exact, options, lr, a, (a - target) * steepness + noise);
    optim::adamw_update(narrow, options, lr, b, (b - target) * steepness + noise);
  }
  CATCH_CHECK(narrow.step == steps);
  const double way = (a - start).norm().item<double>(), apart = (a - b).norm().item<double>();
  CATCH_CHECK(apart > 0);  // it is not the same computation
  CATCH_CHECK(apart < 0.05 * way);
  CATCH_CHECK((a - b).abs().max().item<double>() < 0.5 * lr * static_cast<double>(steps));
}

CATCH_TEST_CASE("A model in bf16 follows fp32 masters, and small updates are not lost in it",
                "[learn]") {
  at::Tensor a = at::full({3}, 1.0), b = at::full({2, 2}, 2.0);
  auto flat = optim::flatten({{"a", a}, {"b", b}}, at::kBFloat16, 4);
  CATCH_CHECK(a.scalar_type() == at::kBFloat16);
  CATCH_CHECK(flat.values.scalar_type() == at::kFloat);
  auto state = start_training(flat);
  const float tiny = 1e-4f;  // bf16 has steps of 2^-7 above 1
  for (int i = 0; i < 100; ++i) {
    optim::clear_gradients(flat);
    for (int micro = 0; micro < 4; ++micro) {
      (a.sum() + b.sum()).backward();
      optim::collect_gradients(flat);
    }
    CATCH_REQUIRE(at::equal(optim::gradients(flat), at::full({7}, 4.0)));
    update(state, {}, tiny, flat);
  }
  CATCH_CHECK(flat.values[0].item<float>() == Approx(1 - 100 * tiny).epsilon(1e-4));
  CATCH_CHECK(at::equal(a, flat.values.narrow(0, 0, 3).to(at::kBFloat16)));
  CATCH_CHECK(at::equal(b, flat.values.narrow(0, 3, 4).view({2, 2}).to(at::kBFloat16)));
}

CATCH_TEST_CASE("Gradients in bf16 have the norm and the clipping of the same numbers in fp32",
                "[learn]") {
  at::Tensor a = at::zeros({3});
  auto flat = optim::flatten({{"a", a}}, at::kBFloat16, 1);
  CATCH_CHECK_FALSE(flat.sum.defined());
  flat.grads.copy_(at::tensor({2.0, 3.0, 6.0}));
  CATCH_CHECK(optim::clip_gradients(flat, 3.5) == Approx(7));
  CATCH_CHECK(at::equal(optim::gradients(flat).to(at::kFloat), at::tensor({1.0f, 1.5f, 3.0f})));
}

CATCH_TEST_CASE("An update whose gradient is not finite is left out, and the log says so",
                "[learn]") {
  const auto compute = GENERATE(Precision::Fp32, Precision::Bf16);
  const test::TempDir folder;
  at::Tensor a = at::full({3}, 1.0);
  TrainTask task;
  task.parameters = optim::flatten({{"a", a}}, dtype_from(compute));
  std::vector<at::Tensor> seen;
  task.loss = [&](int64_t step, int64_t, ordered_json&) {
    seen.push_back(task.parameters.values.clone());
    return a.to(at::kFloat).square().sum() *
           (step == 1 ? std::numeric_limits<double>::infinity() : 1.0);
  };
  task.save_model = [] {};
  TrainLoopSettings o;
  o.output = folder / "run";
  o.steps = 3;
  o.lr = 0.1;
  o.warmup_steps = 0;
  o.adam_moments = GENERATE(AdamMoments::Fp32, AdamMoments::EightBit);
  Context context = test::test_context();
  run_training(task, o, {}, context);
  CATCH_REQUIRE(seen.size() == 3);
  CATCH_CHECK_FALSE(at::equal(seen[1], seen[0]));
  CATCH_CHECK(at::equal(seen[2], seen[1]));  // update 1 was left out
  CATCH_CHECK_FALSE(at::equal(task.parameters.values, seen[2]));
  std::istringstream lines(test::read_text(folder / "run/training/metrics.jsonl"));
  int step = 0;
  for (std::string line; std::getline(lines, line); ++step)
    CATCH_CHECK(json::parse(line).value("skipped", false) == (step == 1));
  CATCH_CHECK(step == 3);
}

}  // namespace svg::slow
