// Euler steps over sigma as diffusers' EulerDiscreteScheduler, without churn (Karras et al., arXiv
// 2206.00364, algorithm 2).
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "libcore/diffusion/sampler_parts.h"

namespace svg::samplers {

namespace {

class Euler : public Sampler {
 public:
  Euler(const NoiseSchedule& schedule, int64_t count) : config_(schedule.config) {
    expect_supported(config_, "euler");
    timesteps_ =
        spaced_timesteps(config_, count, {.spacing = TimestepSpacing::Linspace, .round = false});
    sigmas_ = sigmas_at(schedule, timesteps_);
  }

  double init_noise_sigma() const override {
    const float largest = *std::max_element(sigmas_.begin(), sigmas_.end());
    return config_.timestep_spacing == TimestepSpacing::Leading
               ? std::sqrt(largest * largest + 1.0f)
               : largest;
  }

  at::Tensor scale_input(const at::Tensor& sample, int64_t i) const override {
    return sample / std::sqrt(sigmas_.at(i) * sigmas_.at(i) + 1.0f);
  }

  at::Tensor step(const at::Tensor& model_output, int64_t i, const at::Tensor& sample,
                  const at::Tensor&) override {
    require(i >= 0 && i < steps(), ErrorKind::Internal, "sampler step ", i, " of ", steps());
    const float sigma = sigmas_[i], scale = sigma * sigma + 1.0f;
    at::Tensor x0;
    switch (config_.prediction_type) {
      case PredictionType::Epsilon:
        x0 = sample - sigma * model_output;
        break;
      case PredictionType::VPrediction:
        x0 = model_output * (-sigma / std::sqrt(scale)) + sample / scale;
        break;
      case PredictionType::Sample:
        x0 = model_output;
        break;
    }
    return sample + (sample - x0) / sigma * (sigmas_[i + 1] - sigma);
  }

 private:
  SchedulerConfig config_;
  std::vector<float> sigmas_;  // [S + 1]
};

}  // namespace

std::unique_ptr<Sampler> make_euler(const NoiseSchedule& schedule, int64_t steps) {
  return std::make_unique<Euler>(schedule, steps);
}

}  // namespace svg::samplers
