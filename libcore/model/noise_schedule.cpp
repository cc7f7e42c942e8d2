#include "libcore/model/noise_schedule.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace svg {

namespace {

// Nichol and Dhariwal's cosine schedule (arXiv 2102.09672, eq. 17), capped at 0.999.
at::Tensor cosine_betas(int64_t steps) {
  const auto alpha_bar = [](double t) {
    const double c = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
    return c * c;
  };
  std::vector<double> betas;
  for (int64_t i = 0; i < steps; ++i) {
    const auto all = static_cast<double>(steps);
    const double from = static_cast<double>(i) / all, to = static_cast<double>(i + 1) / all;
    betas.push_back(std::min(1 - alpha_bar(to) / alpha_bar(from), 0.999));
  }
  return at::tensor(betas, at::kDouble).to(at::kFloat);
}

// arXiv 2305.08891, algorithm 1: the last timestep holds no signal at all.
at::Tensor rescale_zero_terminal_snr(const at::Tensor& betas) {
  const at::Tensor root = (1.0 - betas).cumprod(0).sqrt();
  const at::Tensor first = root[0].clone(), last = root[-1].clone();
  const at::Tensor bar = ((root - last) * (first / (first - last))).square();
  return 1.0 - at::cat({bar.slice(0, 0, 1), bar.slice(0, 1) / bar.slice(0, 0, -1)});
}

at::Tensor betas_of(const SchedulerConfig& c) {
  at::Tensor betas;
  if (!c.trained_betas.empty()) {
    betas = at::tensor(c.trained_betas, at::kDouble).to(at::kFloat);
  } else if (c.beta_schedule == BetaSchedule::Linear) {
    betas = at::linspace(c.beta_start, c.beta_end, c.num_train_timesteps, at::kFloat);
  } else if (c.beta_schedule == BetaSchedule::ScaledLinear) {
    betas = at::linspace(std::sqrt(c.beta_start), std::sqrt(c.beta_end), c.num_train_timesteps,
                         at::kFloat)
                .square();
  } else {
    betas = cosine_betas(c.num_train_timesteps);
  }
  return c.rescale_betas_zero_snr ? rescale_zero_terminal_snr(betas) : betas;
}

struct Levels {
  at::Tensor signal, noise;  // sqrt(a_t), sqrt(1 - a_t), broadcast against the sample
};

Levels levels(const NoiseSchedule& s, const at::Tensor& t, const at::Tensor& like) {
  require(t.scalar_type() == at::kLong && t.dim() <= like.dim() &&
              t.sizes() == like.sizes().slice(0, t.dim()),
          ErrorKind::Internal,
          "timesteps must be int64 and have the shape that the sample begins with");
  std::vector<int64_t> shape = t.sizes().vec();
  shape.resize(like.dim(), 1);
  const at::Tensor a =
      s.alphas_cumprod.to(like.device()).index_select(0, t.to(like.device()).flatten()).view(shape);
  return {a.sqrt().to(like.scalar_type()), (1.0 - a).sqrt().to(like.scalar_type())};
}

}  // namespace

NoiseSchedule make_noise_schedule(const SchedulerConfig& config) {
  return {config, (1.0 - betas_of(config)).cumprod(0)};
}

at::Tensor add_noise(const NoiseSchedule& s, const at::Tensor& x0, const at::Tensor& noise,
                     const at::Tensor& t) {
  const auto l = levels(s, t, x0);
  return l.signal * x0 + l.noise * noise;
}

at::Tensor velocity(const NoiseSchedule& s, const at::Tensor& x0, const at::Tensor& noise,
                    const at::Tensor& t) {
  const auto l = levels(s, t, x0);
  return l.signal * noise - l.noise * x0;
}

at::Tensor training_target(const NoiseSchedule& s, const at::Tensor& x0, const at::Tensor& noise,
                           const at::Tensor& t) {
  switch (s.config.prediction_type) {
    case PredictionType::Epsilon:
      return noise;
    case PredictionType::VPrediction:
      return velocity(s, x0, noise, t);
    case PredictionType::Sample:
      return x0;
  }
  fail(ErrorKind::Internal, "a prediction type without a target");
}

at::Tensor x0_from(const NoiseSchedule& s, const at::Tensor& prediction, const at::Tensor& sample,
                   const at::Tensor& t) {
  const auto l = levels(s, t, sample);
  switch (s.config.prediction_type) {
    case PredictionType::Epsilon:
      return (sample - l.noise * prediction) / l.signal;
    case PredictionType::VPrediction:
      return l.signal * sample - l.noise * prediction;
    case PredictionType::Sample:
      return prediction;
  }
  fail(ErrorKind::Internal, "a prediction type without a conversion");
}

at::Tensor epsilon_from(const NoiseSchedule& s, const at::Tensor& prediction,
                        const at::Tensor& sample, const at::Tensor& t) {
  const auto l = levels(s, t, sample);
  switch (s.config.prediction_type) {
    case PredictionType::Epsilon:
      return prediction;
    case PredictionType::VPrediction:
      return l.signal * prediction + l.noise * sample;
    case PredictionType::Sample:
      return (sample - l.signal * prediction) / l.noise;
  }
  fail(ErrorKind::Internal, "a prediction type without a conversion");
}

}  // namespace svg
