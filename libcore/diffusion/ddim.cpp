// DDIM (arXiv 2010.02502, formulas 12 and 16) as diffusers' DDIMScheduler, use_clipped_model_output
// off.
#include <ATen/ATen.h>

#include <cmath>

#include "libcore/diffusion/sampler_parts.h"

namespace svg::samplers {

namespace {

class Ddim : public Sampler {
 public:
  Ddim(const NoiseSchedule& schedule, const SamplerOptions& o)
      : config_(schedule.config), eta_(static_cast<float>(o.eta)) {
    timesteps_ = spaced_timesteps(config_, o.steps, {.spacing = TimestepSpacing::Leading});
    const auto a = schedule.alphas_cumprod.accessor<float, 1>();
    const float final_alpha = config_.set_alpha_to_one ? 1.0f : a[0];
    // The step before is a fixed stride away, whatever the spacing.
    const int64_t stride = config_.num_train_timesteps / o.steps;
    for (double t : timesteps_) {
      const auto now = static_cast<int64_t>(t), before = now - stride;
      alphas_.push_back({a[now], before >= 0 ? a[before] : final_alpha});
    }
  }

  bool needs_noise() const override { return eta_ > 0; }

  at::Tensor step(const at::Tensor& model_output, int64_t i, const at::Tensor& sample,
                  const at::Tensor& noise) override {
    require(i >= 0 && i < steps(), ErrorKind::Internal, "sampler step ", i, " of ", steps());
    require(!needs_noise() || noise.defined(), ErrorKind::Internal,
            "ddim with eta > 0 needs noise at every step");
    const auto [a, a_before] = alphas_[i];
    const float signal = std::sqrt(a), rest = std::sqrt(1.0f - a);
    at::Tensor x0, epsilon;
    switch (config_.prediction_type) {
      case PredictionType::Epsilon:
        x0 = (sample - rest * model_output) / signal;
        epsilon = model_output;
        break;
      case PredictionType::VPrediction:
        x0 = signal * sample - rest * model_output;
        epsilon = signal * model_output + rest * sample;
        break;
      case PredictionType::Sample:
        x0 = model_output;
        epsilon = (sample - signal * x0) / rest;
        break;
    }
    if (config_.clip_sample) x0 = x0.clamp(-config_.clip_sample_range, config_.clip_sample_range);
    const float variance = (1.0f - a_before) / (1.0f - a) * (1.0f - a / a_before);
    const float deviation = eta_ * std::sqrt(variance);
    at::Tensor before =
        std::sqrt(a_before) * x0 + std::sqrt(1.0f - a_before - deviation * deviation) * epsilon;
    if (needs_noise()) before = before + deviation * noise;
    return before;
  }

 private:
  struct Alphas {
    float now, before;
  };
  SchedulerConfig config_;
  float eta_;
  std::vector<Alphas> alphas_;  // [S]
};

}  // namespace

std::unique_ptr<Sampler> make_ddim(const NoiseSchedule& schedule, const SamplerOptions& o) {
  return std::make_unique<Ddim>(schedule, o);
}

}  // namespace svg::samplers
