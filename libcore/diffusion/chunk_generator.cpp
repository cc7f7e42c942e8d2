#include "libcore/diffusion/chunk_generator.h"

#include <ATen/ATen.h>

#include "libcore/diffusion/masked_denoiser.h"
#include "libcore/diffusion/sampler.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/runtime.h"

namespace svg {

namespace {

// Each row twice, [E, ...] -> [2 E, ...]: unconditional first, the episode slowest, so that an
// adapter's rows stay together.
at::Tensor twice(const at::Tensor& x) {
  return x.repeat_interleave(2, 0);
}

}  // namespace

at::Tensor generate_chunk(const UNet3D& unet, const NoiseSchedule& schedule,
                          const SamplingOptions& o, const at::Tensor& past, const at::Tensor& text,
                          const at::Tensor& empty_text, const at::Tensor& noise,
                          const at::Tensor& step_noise,
                          const std::function<void(double)>& before_step) {
  const ForwardOnlyAttention attention;
  const int64_t episodes = noise.size(0);
  const auto sampler = make_sampler(o.sampler, schedule, {.steps = o.steps, .eta = o.eta});
  if (sampler->needs_noise()) {
    expect_shape(
        step_noise,
        {sampler->steps(), episodes, noise.size(1), noise.size(2), noise.size(3), noise.size(4)},
        "noise of the sampler's steps");
  }
  const bool guided = o.guidance_scale != 1;
  const auto dtype = unet.conv_in.weight.scalar_type();
  const auto clean = (guided ? twice(past) : past).to(dtype);
  const auto words =
      (guided ? at::stack({empty_text.unsqueeze(0).expand_as(text), text}, 1).flatten(0, 1) : text)
          .to(dtype);
  at::Tensor x = noise * sampler->init_noise_sigma();
  for (int64_t i = 0; i < sampler->steps(); ++i) {
    const auto t = sampler->timesteps()[static_cast<size_t>(i)];
    if (before_step) before_step(static_cast<double>(t));
    const auto timestep = at::full({1}, t, x.options().dtype(at::kFloat));
    const auto input = sampler->scale_input(x, i).to(dtype);
    at::Tensor out = predict_future(unet, clean, guided ? twice(input) : input, timestep, words);
    if (guided) {
      const auto halves = out.unflatten(0, {episodes, 2});
      const auto base = halves.select(1, 0);
      out = base + o.guidance_scale * (halves.select(1, 1) - base);
    }
    x = sampler->step(out, i, x, sampler->needs_noise() ? step_noise[i] : at::Tensor());
  }
  return x;
}

at::Tensor one_step_chunk(const UNet3D& unet, const NoiseSchedule& schedule, const at::Tensor& past,
                          const at::Tensor& text, const at::Tensor& noise) {
  const auto last = at::full({noise.size(0)}, schedule.config.num_train_timesteps - 1,
                             noise.options().dtype(at::kLong));
  const auto out = predict_future(unet, past, noise, last, text);
  return x0_from(schedule, out, noise, last);
}

}  // namespace svg
