// Noise schedules against diffusers' (test/golden/schedulers.py).
#include "libcore/model/noise_schedule.h"

#include <ATen/ATen.h>

#include "test/support/catch.h"
#include "test/support/golden.h"

using namespace svg;
using test::relative_error;

CATCH_TEST_CASE("Schedules and their conversions are those of diffusers") {
  const json cases = test::read_json(test::golden_path("schedulers/cases.json")).at("schedules");
  const auto expected = test::read_tensors(test::golden_path("schedulers/expected.safetensors"));
  CATCH_REQUIRE(!cases.empty());
  for (size_t i = 0; i < cases.size(); ++i) {
    CATCH_INFO(cases[i].dump());
    const auto want = [&](const char* name) { return expected.at(cat("schedule.", i, ".", name)); };
    const auto s = make_noise_schedule(scheduler_config(cases[i], "scheduler_config.json"));
    const at::Tensor &x0 = expected.at("x0"), &noise = expected.at("noise"),
                     &prediction = expected.at("prediction");
    const at::Tensor t = want("t");
    CATCH_CHECK(relative_error(s.alphas_cumprod, want("alphas_cumprod")) < 1e-7);
    const at::Tensor noisy = add_noise(s, x0, noise, t);
    CATCH_CHECK(relative_error(noisy, want("noisy")) < 1e-6);
    CATCH_CHECK(relative_error(velocity(s, x0, noise, t), want("velocity")) < 1e-6);
    CATCH_CHECK(relative_error(x0_from(s, prediction, noisy, t), want("x0")) < 1e-5);
    CATCH_CHECK(relative_error(epsilon_from(s, prediction, noisy, t), want("epsilon")) < 1e-5);
  }
}

CATCH_TEST_CASE("What a model is trained to give leads back to the clean latents and the noise") {
  const auto expected = test::read_tensors(test::golden_path("schedulers/expected.safetensors"));
  const at::Tensor &x0 = expected.at("x0"), &noise = expected.at("noise");
  const at::Tensor t = at::tensor({300, 700}, at::kLong);
  for (const char* type : {"epsilon", "v_prediction", "sample"}) {
    CATCH_INFO(type);
    const auto s = make_noise_schedule(scheduler_config({{"prediction_type", type}}, "config"));
    const at::Tensor noisy = add_noise(s, x0, noise, t), target = training_target(s, x0, noise, t);
    CATCH_CHECK(relative_error(x0_from(s, target, noisy, t), x0) < 1e-4);
    CATCH_CHECK(relative_error(epsilon_from(s, target, noisy, t), noise) < 1e-4);
  }
}

CATCH_TEST_CASE("Timesteps may differ from frame to frame") {
  const auto s = make_noise_schedule({});
  const at::Tensor x0 = at::arange(12, at::kFloat).view({2, 3, 2}), noise = -x0;
  const at::Tensor t = at::tensor({0, 10, 999, 5, 500, 0}, at::kLong).view({2, 3});
  const at::Tensor together = add_noise(s, x0, noise, t);
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t f = 0; f < 3; ++f)
      CATCH_CHECK(relative_error(together[b][f], add_noise(s, x0[b][f], noise[b][f], t[b][f])) <
                  1e-7);
  CATCH_CHECK_THROWS_AS(add_noise(s, x0, noise, t.slice(0, 0, 1)), Error);
}

CATCH_TEST_CASE("The scheduler's config is written as diffusers writes it") {
  const auto path = test::golden_path("schedulers/scheduler_config.json");
  CATCH_CHECK(to_json(scheduler_config(test::read_json(path), path)).dump(2) + "\n" ==
              test::read_text(path));
}

CATCH_TEST_CASE("Scheduler settings that we would not honour are refused") {
  const auto refuses = [](const json& doc, const char* mention) {
    CATCH_CHECK_THROWS_WITH(
        scheduler_config(doc, "scheduler/scheduler_config.json"),
        Catch::Contains("scheduler/scheduler_config.json") && Catch::Contains(mention));
  };
  refuses({{"thresholding", true}}, "thresholding");
  refuses({{"prediction_type", "flow_prediction"}}, "flow_prediction");
  refuses({{"beta_schedule", "exp"}}, "squaredcos_cap_v2");
  refuses({{"trained_betas", {0.1, 0.2}}}, "trained_betas");
  refuses({{"timestep_spacing", "trailling"}}, "trailling");
  refuses({{"variance_type", "learned_range"}}, "variance_type");
  refuses({{"beta_start", 0.5}, {"beta_end", 0.1}}, "beta_start");
  refuses({{"num_train_timesteps", "many"}}, "num_train_timesteps");
}
