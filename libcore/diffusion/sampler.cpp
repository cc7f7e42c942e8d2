#include "libcore/diffusion/sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "libcore/diffusion/sampler_parts.h"

namespace svg {

at::Tensor Sampler::scale_input(const at::Tensor& sample, int64_t) const {
  return sample;
}

std::unique_ptr<Sampler> make_sampler(SamplerKind kind, const NoiseSchedule& schedule,
                                      const SamplerOptions& o) {
  const int64_t trained = schedule.config.num_train_timesteps;
  require(o.steps >= 1 && o.steps <= trained, ErrorKind::Usage, "sampler steps: expected 1 to ",
          trained, " (the timesteps that the model was trained with), got ", o.steps);
  require(o.eta >= 0 && o.eta <= 1, ErrorKind::Usage, "sampler eta: expected 0 to 1, got ", o.eta);
  require(o.eta == 0 || kind == SamplerKind::Ddim, ErrorKind::Usage,
          "sampler eta is for ddim alone, not for ", name_of(kind));
  switch (kind) {
    case SamplerKind::Ddim:
      return samplers::make_ddim(schedule, o);
    case SamplerKind::DpmSolver:
      return samplers::make_dpm_solver(schedule, o.steps);
    case SamplerKind::Euler:
      return samplers::make_euler(schedule, o.steps);
    case SamplerKind::UniPc:
      return samplers::make_unipc(schedule, o.steps);
  }
  fail(ErrorKind::Internal, "a sampler that is not made here");
}

namespace samplers {

namespace {

// numpy.linspace(0, last, count), whose last value is exact.
std::vector<double> linspace(double last, int64_t count) {
  std::vector<double> values(count, 0.0);
  const double step = last / static_cast<double>(std::max<int64_t>(count - 1, 1));
  for (int64_t i = 0; i < count; ++i)
    values[static_cast<size_t>(i)] = static_cast<double>(i) * step;
  if (count > 1) values.back() = last;
  return values;
}

}  // namespace

// numpy rounds halves to even, and so does nearbyint in the default mode.
std::vector<double> spaced_timesteps(const SchedulerConfig& c, int64_t count, const Spacing& s) {
  const auto spacing = c.timestep_spacing.value_or(s.spacing);
  const auto trained = static_cast<double>(c.num_train_timesteps);
  const int64_t points = count + (s.drop_last ? 1 : 0);
  std::vector<double> t;
  if (spacing == TimestepSpacing::Linspace) {
    t = linspace(trained - 1, points);
    if (s.round)
      std::transform(t.begin(), t.end(), t.begin(), [](double x) { return std::nearbyint(x); });
    std::reverse(t.begin(), t.end());
  } else if (spacing == TimestepSpacing::Leading) {
    const int64_t ratio = c.num_train_timesteps / points;
    for (int64_t i = points - 1; i >= 0; --i)
      t.push_back(static_cast<double>(i * ratio + c.steps_offset));
  } else {
    const double ratio = trained / static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i)
      t.push_back(std::nearbyint(trained - static_cast<double>(i) * ratio) - 1);
  }
  t.resize(count);
  require(t.front() < trained && t.back() >= 0, ErrorKind::Data, "timesteps ", t.front(), " to ",
          t.back(), " leave the ", trained,
          " of the schedule: take fewer steps, or a smaller \"steps_offset\"");
  return t;
}

std::vector<float> sigmas_at(const NoiseSchedule& s, const std::vector<double>& timesteps) {
  at::Tensor a = s.alphas_cumprod;
  if (s.config.rescale_betas_zero_snr) {
    a = a.clone();
    a[-1] = std::ldexp(1.0, -24);  // so that the first sigma is finite; the value is diffusers'
  }
  const at::Tensor all = ((1.0 - a) / a).sqrt();
  const float* sigma = all.const_data_ptr<float>();
  std::vector<float> result;
  for (double t : timesteps) {
    const auto below = static_cast<int64_t>(t);
    const int64_t above = std::min(below + 1, all.numel() - 1);
    const double slope = static_cast<double>(sigma[above]) - sigma[below];
    result.push_back(static_cast<float>(slope * (t - static_cast<double>(below)) + sigma[below]));
  }
  result.push_back(s.config.final_sigmas_type == FinalSigma::Zero ? 0.0f : sigma[0]);
  return result;
}

Level level_of(float sigma) {
  const float alpha = 1.0f / std::sqrt(sigma * sigma + 1.0f);
  return {alpha, sigma * alpha, std::log(alpha) - std::log(sigma * alpha)};
}

at::Tensor predicted_x0(PredictionType type, const at::Tensor& model_output,
                        const at::Tensor& sample, const Level& l) {
  switch (type) {
    case PredictionType::Epsilon:
      return (sample - l.sigma * model_output) / l.alpha;
    case PredictionType::VPrediction:
      return l.alpha * sample - l.sigma * model_output;
    case PredictionType::Sample:
      return model_output;
  }
  fail(ErrorKind::Internal, "a prediction type without a conversion");
}

void expect_supported(const SchedulerConfig& c, const char* sampler) {
  std::string list;
  for (const auto& key : c.unsupported) list += (list.empty() ? "" : ", ") + key;
  require(list.empty(), ErrorKind::Data, "scheduler_config.json sets ", list,
          ", which the sampler ", sampler, " lacks: use ddim, or remove the setting");
}

void StepCounter::expect(int64_t i, int64_t steps) {
  require(i >= 0 && i < steps && (i == 0 || i == next_), ErrorKind::Internal, "sampler step ", i,
          " after step ", next_ - 1, " of ", steps);
  next_ = i + 1;
}

}  // namespace samplers

}  // namespace svg
