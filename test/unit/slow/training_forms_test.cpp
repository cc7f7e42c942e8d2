// What a training run can be made of: narrow numbers, moments of 8 bits, an average elsewhere or
// none, micro-batches.
#include <ATen/ATen.h>

#include "formats/safetensors.h"
#include "libcore/session/pretrain.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_training_run.h"

namespace svg::slow {

using test::check_same_run;
using test::options;
using test::run;

CATCH_TEST_CASE(
    "With bf16, 8-bit moments and the average elsewhere or nowhere, too, parts give the whole",
    "[learn]") {
  const auto ema = GENERATE(slow::Ema::Cpu, slow::Ema::Off);
  test::TempDir folder;
  const auto narrow = [&](const std::string& output) {
    auto o = options("unet", output);
    o.loop.adam_moments = slow::AdamMoments::EightBit;
    o.loop.ema = ema;
    o.loop.steps = 2;
    if (ema == slow::Ema::Off) o.loop.accumulate = 1;
    o.loop.validate_every = 0;
    o.unet.train_text_encoder = ema == slow::Ema::Off;
    return o;
  };
  CATCH_REQUIRE(run(narrow(folder / "whole"), 3, "bf16").kind == std::nullopt);
  auto part = narrow(folder / "parts");
  CATCH_CHECK(test::read_text(folder / "whole/training/metrics.jsonl").find("own_past") !=
              std::string::npos);
  part.loop.max_steps = 1;
  CATCH_CHECK(run(part, 3, "bf16").kind == ErrorKind::Stopped);
  part.loop.max_steps = 0;
  part.loop.resume = true;
  CATCH_CHECK(run(part, 3, "fp32").says("dtype"));
  CATCH_REQUIRE(run(part, 3, "bf16").kind == std::nullopt);
  check_same_run(folder / "whole", folder / "parts", "unet");
  const formats::SafetensorsFile state(folder / "whole/training/state.safetensors");
  CATCH_CHECK((state.view().find("ema") != nullptr) == (ema == slow::Ema::Cpu));
  CATCH_CHECK(state.view().find("exp_avg.codes")->dtype == formats::DType::U8);
  CATCH_CHECK(state.view().find("weights")->dtype == formats::DType::F32);
  CATCH_CHECK(run(narrow(folder / "half"), 3, "fp16").kind == ErrorKind::Usage);
}

namespace {

// How far two runs' first moments are apart, relative to their size.
double difference_of_runs(const std::string& a, const std::string& b) {
  const auto x = test::read_tensors(a + "/training/state.safetensors"),
             y = test::read_tensors(b + "/training/state.safetensors");
  return (x.at("exp_avg") - y.at("exp_avg")).norm().item<double>() /
         x.at("exp_avg").norm().item<double>();
}

}  // namespace

CATCH_TEST_CASE("Micro-batches that come together are one larger batch", "[learn]") {
  const std::string component = GENERATE("vae", "unet");
  test::TempDir folder;
  auto one = options(component, folder / "one");
  one.loop.steps = 1;
  one.loop.validate_every = 0;
  one.unet.text_dropout = 0.5;
  auto parts = one;
  one.loop.batch = 6;
  one.loop.accumulate = 1;
  parts.loop.output = folder / "parts";
  parts.loop.batch = 2;
  parts.loop.accumulate = 3;
  CATCH_REQUIRE(run(one).kind == std::nullopt);
  CATCH_REQUIRE(run(parts).kind == std::nullopt);
  // After one update Adam's first moment is the clipped gradient, times 0.1: sums in another order
  // differ in their last bits.
  CATCH_CHECK(difference_of_runs(folder / "one", folder / "parts") < 1e-5);
  // The same gradient is no coincidence: another draw of the data has another.
  auto other = one;
  other.loop.output = folder / "other";
  CATCH_REQUIRE(run(other, 4).kind == std::nullopt);
  CATCH_CHECK(difference_of_runs(folder / "one", folder / "other") > 1e-2);
}

}  // namespace svg::slow
