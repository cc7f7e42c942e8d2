// How much noise a latent holds at each training timestep, and the conversions between the three
// things a model may predict. Source: diffusers 0.42.1, schedulers/scheduling_ddim.py. Timesteps
// are int64 in [0, T); t may have any leading part of the sample's shape: [B] for one level a clip,
// [B, F] for one a frame.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/base/json.h"

namespace svg {

// Names as diffusers spells them.
enum class PredictionType { Epsilon, VPrediction, Sample };
constexpr auto names_of(PredictionType) {
  return std::to_array<EnumName<PredictionType>>({{PredictionType::Epsilon, "epsilon"},
                                                  {PredictionType::VPrediction, "v_prediction"},
                                                  {PredictionType::Sample, "sample"}});
}

enum class BetaSchedule { Linear, ScaledLinear, Cosine };
constexpr auto names_of(BetaSchedule) {
  return std::to_array<EnumName<BetaSchedule>>({{BetaSchedule::Linear, "linear"},
                                                {BetaSchedule::ScaledLinear, "scaled_linear"},
                                                {BetaSchedule::Cosine, "squaredcos_cap_v2"}});
}

enum class TimestepSpacing { Leading, Trailing, Linspace };
constexpr auto names_of(TimestepSpacing) {
  return std::to_array<EnumName<TimestepSpacing>>({{TimestepSpacing::Leading, "leading"},
                                                   {TimestepSpacing::Trailing, "trailing"},
                                                   {TimestepSpacing::Linspace, "linspace"}});
}

// Midpoint and Heun are DPM-Solver++'s, Bh1 and Bh2 UniPC's: each takes its own default where the
// file has another one's.
enum class SolverType { Midpoint, Heun, Logrho, Bh1, Bh2 };
constexpr auto names_of(SolverType) {
  return std::to_array<EnumName<SolverType>>({{SolverType::Midpoint, "midpoint"},
                                              {SolverType::Heun, "heun"},
                                              {SolverType::Logrho, "logrho"},
                                              {SolverType::Bh1, "bh1"},
                                              {SolverType::Bh2, "bh2"}});
}

enum class FinalSigma { Zero, SigmaMin };
constexpr auto names_of(FinalSigma) {
  return std::to_array<EnumName<FinalSigma>>(
      {{FinalSigma::Zero, "zero"}, {FinalSigma::SigmaMin, "sigma_min"}});
}

// scheduler/scheduler_config.json: what DDIM reads, and the settings of the other samplers where
// the file has them. The defaults are those of diffusers.
struct SchedulerConfig {
  int64_t num_train_timesteps = 1000;
  double beta_start = 0.0001, beta_end = 0.02;
  BetaSchedule beta_schedule = BetaSchedule::Linear;
  std::vector<double> trained_betas;  // [T] instead of a named schedule
  bool rescale_betas_zero_snr = false;
  PredictionType prediction_type = PredictionType::Epsilon;
  std::optional<TimestepSpacing> timestep_spacing;  // absent: what the sampler's class prefers
  int64_t steps_offset = 0;

  bool clip_sample = true;  // DDIM only, like the next two
  double clip_sample_range = 1.0;
  bool set_alpha_to_one = true;

  int64_t solver_order = 2;  // DPM-Solver++ and UniPC, like the rest
  std::optional<SolverType> solver_type;
  bool lower_order_final = true, euler_at_final = false;
  FinalSigma final_sigmas_type = FinalSigma::Zero;
  std::vector<int64_t> disable_corrector;  // steps after which UniPC does not correct
  std::vector<std::string>
      unsupported;  // settings that only DDIM may ignore, such as "use_karras_sigmas"
};
// Any scheduler class of diffusers whose noise schedule is one of the above. Throws Error{Data} for
// a setting that we would not honour (thresholding, flow matching, learned variance).
SchedulerConfig scheduler_config(const json& doc, const std::string& where);
// In the form of a DDIMScheduler, which diffusers and ours read alike.
json to_json(const SchedulerConfig&);

struct NoiseSchedule {
  SchedulerConfig config;
  at::Tensor alphas_cumprod;  // [T] f32 on the CPU, falling
};
NoiseSchedule make_noise_schedule(const SchedulerConfig&);

// sqrt(a_t) x0 + sqrt(1 - a_t) noise
at::Tensor add_noise(const NoiseSchedule&, const at::Tensor& x0, const at::Tensor& noise,
                     const at::Tensor& t);
// v = sqrt(a_t) noise - sqrt(1 - a_t) x0
at::Tensor velocity(const NoiseSchedule&, const at::Tensor& x0, const at::Tensor& noise,
                    const at::Tensor& t);
// What a model of config.prediction_type is trained to give for add_noise(x0, noise, t).
at::Tensor training_target(const NoiseSchedule&, const at::Tensor& x0, const at::Tensor& noise,
                           const at::Tensor& t);
// The clean latents, and the noise, that a prediction for `sample` at t implies.
at::Tensor x0_from(const NoiseSchedule&, const at::Tensor& prediction, const at::Tensor& sample,
                   const at::Tensor& t);
at::Tensor epsilon_from(const NoiseSchedule&, const at::Tensor& prediction,
                        const at::Tensor& sample, const at::Tensor& t);

}  // namespace svg
