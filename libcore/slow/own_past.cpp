#include "libcore/slow/own_past.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/diffusion/masked_denoiser.h"

namespace svg::slow {

at::Tensor own_past(const UNet3D& unet, const NoiseSchedule& schedule, const at::Tensor& before,
                    const at::Tensor& past, const at::Tensor& text, const at::Tensor& timesteps,
                    const at::Tensor& noise, int64_t steps) {
  const at::NoGradGuard no_grad;
  at::Tensor x = add_noise(schedule, past, noise, timesteps), clean;
  for (int64_t step = 0; step < steps; ++step) {
    // Each item walks its own way down to 0, in equal strides.
    const auto t = (timesteps * (steps - step)).floor_divide(steps);
    const auto prediction = predict_future(unet, before, x, t, text);
    clean = x0_from(schedule, prediction, x, t);
    if (step + 1 == steps) break;
    x = add_noise(schedule, clean, epsilon_from(schedule, prediction, x, t),
                  (timesteps * (steps - step - 1)).floor_divide(steps));
  }
  return clean;
}

}  // namespace svg::slow
