// The seam between a denoiser and the ways to walk from noise to latents. Each is number for number
// the scheduler of diffusers 0.42.1 of that name; like those, the multistep ones remember earlier
// steps, so a walk runs from step 0 to the last in order.
//
//   auto sampler = make_sampler(SamplerKind::Ddim, schedule, {.steps = 50});
//   at::Tensor x = sampler->init_noise_sigma() * noise;
//   for (int64_t i = 0; i < sampler->steps(); ++i)
//     x = sampler->step(model(sampler->scale_input(x, i), sampler->timesteps()[i]), i, x, {});
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "libcore/diffusion/sampling_options.h"
#include "libcore/model/noise_schedule.h"

namespace svg {

class Sampler {
 public:
  virtual ~Sampler() = default;
  // What the model is told at each step, falling. Whole numbers, except for Euler with "linspace"
  // spacing.
  const std::vector<double>& timesteps() const { return timesteps_; }
  int64_t steps() const { return static_cast<int64_t>(timesteps_.size()); }
  // The walk begins with N(0, 1) times this.
  virtual double init_noise_sigma() const { return 1.0; }
  // What the model is given instead of `sample` at step i.
  virtual at::Tensor scale_input(const at::Tensor& sample, int64_t i) const;
  // Whether step() wants fresh N(0, 1) of the sample's shape.
  virtual bool needs_noise() const { return false; }
  // The sample after step i. A walk may begin anew at any time with i = 0; any other jump is
  // Error{Internal}.
  virtual at::Tensor step(const at::Tensor& model_output, int64_t i, const at::Tensor& sample,
                          const at::Tensor& noise) = 0;

 protected:
  std::vector<double> timesteps_;
};

struct SamplerOptions {
  int64_t steps = 50;
  double eta = 0;  // DDIM only: 0 adds no noise, 1 as much as DDPM
};

// Throws Error{Usage} for impossible options, Error{Data} for a setting of the schedule that this
// sampler lacks.
std::unique_ptr<Sampler> make_sampler(SamplerKind, const NoiseSchedule&, const SamplerOptions&);

}  // namespace svg
