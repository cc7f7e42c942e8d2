// Samplers against the schedulers of diffusers (test/golden/schedulers.py).
#include "libcore/diffusion/sampler.h"

#include <ATen/ATen.h>

#include "test/support/catch.h"
#include "test/support/golden.h"

using namespace svg;
using test::relative_error;

namespace {

struct Walks {
  json cases = test::read_json(test::golden_path("schedulers/cases.json")).at("walks");
  std::map<std::string, at::Tensor> expected =
      test::read_tensors(test::golden_path("schedulers/expected.safetensors"));

  std::unique_ptr<Sampler> sampler(const json& c) const {
    const auto schedule =
        make_noise_schedule(scheduler_config(c.at("settings"), "scheduler_config.json"));
    return make_sampler(enum_from<SamplerKind>(c.at("sampler"), "sampler"), schedule,
                        {.steps = c.at("steps"), .eta = c.at("eta")});
  }
};

}  // namespace

CATCH_TEST_CASE("Every step of every sampler is that of diffusers") {
  const Walks walks;
  CATCH_REQUIRE(!walks.cases.empty());
  for (size_t w = 0; w < walks.cases.size(); ++w) {
    CATCH_INFO(walks.cases[w].dump());
    const auto sampler = walks.sampler(walks.cases[w]);
    const auto want = [&](const char* name) {
      return walks.expected.at(cat("walk.", w, ".", name));
    };
    const at::Tensor timesteps = want("timesteps");
    CATCH_REQUIRE(sampler->steps() == timesteps.numel());
    CATCH_CHECK(relative_error(at::tensor(sampler->timesteps(), at::kDouble), timesteps) < 1e-7);
    // Twice, since a sampler serves chunk after chunk.
    for (int round = 0; round < 2; ++round) {
      at::Tensor x = sampler->init_noise_sigma() * walks.expected.at("start");
      for (int64_t i = 0; i < sampler->steps(); ++i) {
        CATCH_INFO("step " << i << " of round " << round);
        CATCH_CHECK(relative_error(sampler->scale_input(x, i), want("inputs")[i]) < 1e-5);
        x = sampler->step(walks.expected.at("outputs")[i], i, x,
                          walks.expected.at("step_noise")[i]);
        CATCH_CHECK(relative_error(x, want("samples")[i]) < 1e-5);
      }
    }
  }
}

CATCH_TEST_CASE("Multistep samplers refuse steps out of order") {
  const auto schedule = make_noise_schedule({});
  const at::Tensor x = at::ones({1, 2});
  for (const auto kind : {SamplerKind::DpmSolver, SamplerKind::UniPc}) {
    CATCH_INFO(name_of(kind));
    const auto sampler = make_sampler(kind, schedule, {.steps = 4});
    CATCH_CHECK_THROWS_AS(sampler->step(x, 1, x, {}), Error);
    sampler->step(x, 0, x, {});
    CATCH_CHECK_THROWS_AS(sampler->step(x, 2, x, {}), Error);
    CATCH_CHECK_NOTHROW(sampler->step(x, 1, x, {}));
    CATCH_CHECK_NOTHROW(sampler->step(x, 0, x, {}));
  }
}

CATCH_TEST_CASE("Impossible samplers are refused with the reason") {
  const auto refuses = [](SamplerKind kind, const json& settings, const SamplerOptions& o,
                          ErrorKind error, const char* mention) {
    const auto schedule = make_noise_schedule(scheduler_config(settings, "config"));
    try {
      make_sampler(kind, schedule, o);
      CATCH_FAIL("accepted: " << mention);
    } catch (const Error& e) {
      CATCH_CHECK(e.kind() == error);
      CATCH_CHECK_THAT(e.what(), Catch::Contains(mention));
    }
  };
  refuses(SamplerKind::Ddim, {}, {.steps = 0}, ErrorKind::Usage, "1 to 1000");
  refuses(SamplerKind::Ddim, {}, {.steps = 1001}, ErrorKind::Usage, "1 to 1000");
  refuses(SamplerKind::Euler, {}, {.steps = 5, .eta = 1}, ErrorKind::Usage, "eta");
  refuses(SamplerKind::Ddim, {{"steps_offset", 1}}, {.steps = 1000}, ErrorKind::Data,
          "steps_offset");
  refuses(SamplerKind::DpmSolver, {{"use_karras_sigmas", true}}, {}, ErrorKind::Data,
          "use_karras_sigmas");
  refuses(SamplerKind::Euler, {{"interpolation_type", "log_linear"}}, {}, ErrorKind::Data,
          "interpolation_type");
  refuses(SamplerKind::DpmSolver, {{"solver_order", 3}}, {}, ErrorKind::Data, "solver_order");
  refuses(SamplerKind::UniPc, {{"lower_order_final", false}}, {}, ErrorKind::Data,
          "lower_order_final");
}

CATCH_TEST_CASE("A noisy walk asks for its noise") {
  const auto schedule = make_noise_schedule({});
  const at::Tensor x = at::ones({1, 2});
  const auto noisy = make_sampler(SamplerKind::Ddim, schedule, {.steps = 4, .eta = 1});
  CATCH_CHECK(noisy->needs_noise());
  CATCH_CHECK_THROWS_AS(noisy->step(x, 0, x, {}), Error);
  CATCH_CHECK_FALSE(make_sampler(SamplerKind::Ddim, schedule, {.steps = 4})->needs_noise());
}
