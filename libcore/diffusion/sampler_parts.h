// What the samplers share: where on the schedule they stop, and the noise levels there. Internal to
// this folder.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "libcore/diffusion/sampler.h"

namespace svg::samplers {

std::unique_ptr<Sampler> make_ddim(const NoiseSchedule&, const SamplerOptions&);
std::unique_ptr<Sampler> make_dpm_solver(const NoiseSchedule&, int64_t steps);
std::unique_ptr<Sampler> make_euler(const NoiseSchedule&, int64_t steps);
std::unique_ptr<Sampler> make_unipc(const NoiseSchedule&, int64_t steps);

// `count` timesteps, falling. `spacing` is used where the schedule's file names none. diffusers
// spaces the multistep solvers as if there were one step more and drops the last (`drop_last`), and
// does not round Euler's "linspace" (`round`).
struct Spacing {
  TimestepSpacing spacing;
  bool drop_last = false;
  bool round = true;
};
std::vector<double> spaced_timesteps(const SchedulerConfig&, int64_t count, const Spacing&);

// sigma = sqrt((1 - a) / a) at each timestep, between whole ones interpolated, then the last one
// (0, or the smallest of training).
std::vector<float> sigmas_at(const NoiseSchedule&, const std::vector<double>& timesteps);

// A noise level of the variance-preserving process. f32 throughout, as diffusers computes it: the
// differences of near logarithms would otherwise not agree.
struct Level {
  float alpha, sigma, lambda;  // lambda = log(alpha / sigma), infinite at sigma 0
};
Level level_of(float sigma);

// The clean latents that a model output implies at that level.
at::Tensor predicted_x0(PredictionType, const at::Tensor& model_output, const at::Tensor& sample,
                        const Level&);

// Throws Error{Data} if the schedule's file has settings that only DDIM may ignore.
void expect_supported(const SchedulerConfig&, const char* sampler);

// Holds step() to the order of the walk.
class StepCounter {
 public:
  void expect(int64_t i, int64_t steps);

 private:
  int64_t next_ = 0;
};

}  // namespace svg::samplers
