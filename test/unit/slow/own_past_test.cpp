// A past that the model draws anew is what its sampler would make of it from there on.
#include "libcore/slow/own_past.h"

#include <ATen/ATen.h>

#include "libcore/diffusion/masked_denoiser.h"
#include "libcore/diffusion/sampler.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/two_level_unet.h"

namespace svg::slow {
namespace {

struct Fixture {
  Parameters parameters = Parameters::fresh(3, at::kCPU);
  UNet3D unet = make_unet3d(parameters, test::two_level_unet());
  NoiseSchedule schedule = make_noise_schedule(
      scheduler_config({{"prediction_type", "v_prediction"}, {"clip_sample", false}}, "schedule"));
  at::Tensor before, past, text, noise;
  Fixture() {
    at::manual_seed(5);
    before = at::randn({2, 3, 4, 4, 6});
    past = at::randn({2, 3, 4, 4, 6});
    noise = at::randn({2, 3, 4, 4, 6});
    text = at::randn({2, 3, 5});
  }
  at::Tensor own(int64_t from, int64_t steps) const {
    return own_past(unet, schedule, before, past, text, at::tensor({from, from}), noise, steps);
  }
};

}  // namespace

CATCH_TEST_CASE("The model's own past is DDIM's walk begun on the way", "[learn]") {
  const Fixture f;
  // Timesteps 800, 600, 400, 200, 0: the walk begins at the first, from the noised past.
  const auto sampler = make_sampler(SamplerKind::Ddim, f.schedule, {.steps = 5});
  CATCH_REQUIRE(sampler->timesteps() == std::vector<double>{800, 600, 400, 200, 0});
  const auto at = [](double t) { return at::tensor({t, t}).to(at::kLong); };
  const auto predict = [&](const at::Tensor& x, double t) {
    return predict_future(f.unet, f.before, x, at(t), f.text);
  };
  at::Tensor x = add_noise(f.schedule, f.past, f.noise, at(800));
  for (int64_t i = 0; i < 3; ++i) {
    const double t = sampler->timesteps()[static_cast<size_t>(i)];
    x = sampler->step(predict(x, t), i, x, {});
  }
  const auto wanted = x0_from(f.schedule, predict(x, 200), x, at(200));
  CATCH_CHECK(test::relative_error(f.own(800, 4), wanted) < 1e-5);
  CATCH_CHECK_FALSE(f.own(800, 4).requires_grad());
}

CATCH_TEST_CASE("The less it was noised, the more of the true past is left", "[learn]") {
  const Fixture f;
  const auto change = [&](int64_t from) { return (f.own(from, 3) - f.past).norm().item<double>(); };
  CATCH_CHECK(change(1) < 0.1 * f.past.norm().item<double>());
  CATCH_CHECK(change(1) < change(100));
  CATCH_CHECK(change(100) < change(600));
}

}  // namespace svg::slow
