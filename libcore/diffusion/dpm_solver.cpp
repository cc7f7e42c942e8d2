// DPM-Solver++ (arXiv 2211.01095), multistep of order 1 or 2, as diffusers'
// DPMSolverMultistepScheduler.
#include <ATen/ATen.h>

#include <cmath>

#include "libcore/diffusion/sampler_parts.h"

namespace svg::samplers {

namespace {

class DpmSolver : public Sampler {
 public:
  DpmSolver(const NoiseSchedule& schedule, int64_t count) : config_(schedule.config) {
    expect_supported(config_, "dpm++");
    require(config_.solver_order <= 2, ErrorKind::Data,
            "scheduler_config.json: \"solver_order\" is ", config_.solver_order,
            "; dpm++ has orders 1 and 2");
    timesteps_ =
        spaced_timesteps(config_, count, {.spacing = TimestepSpacing::Linspace, .drop_last = true});
    sigmas_ = sigmas_at(schedule, timesteps_);
  }

  at::Tensor step(const at::Tensor& model_output, int64_t i, const at::Tensor& sample,
                  const at::Tensor&) override {
    counter_.expect(i, steps());
    const Level now = level_of(sigmas_[i]), next = level_of(sigmas_[i + 1]);
    const at::Tensor x0 = predicted_x0(config_.prediction_type, model_output, sample, now);
    const bool last = i == steps() - 1 &&
                      (config_.euler_at_final || config_.final_sigmas_type == FinalSigma::Zero ||
                       (config_.lower_order_final && steps() < 15));
    const float h = next.lambda - now.lambda;
    const float gain = next.alpha * (std::exp(-h) - 1.0f);
    at::Tensor result = next.sigma / now.sigma * sample - gain * x0;
    if (config_.solver_order == 2 && i > 0 && !last) {
      const float r = (now.lambda - level_of(sigmas_[i - 1]).lambda) / h;
      const at::Tensor slope = 1.0f / r * (x0 - previous_x0_);
      result = config_.solver_type == SolverType::Heun
                   ? result + next.alpha * ((std::exp(-h) - 1.0f) / h + 1.0f) * slope
                   : result - 0.5f * gain * slope;
    }
    previous_x0_ = x0;
    return result;
  }

 private:
  SchedulerConfig config_;
  std::vector<float> sigmas_;  // [S + 1]
  at::Tensor previous_x0_;
  StepCounter counter_;
};

}  // namespace

std::unique_ptr<Sampler> make_dpm_solver(const NoiseSchedule& schedule, int64_t steps) {
  return std::make_unique<DpmSolver>(schedule, steps);
}

}  // namespace svg::samplers
