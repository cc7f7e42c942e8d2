// How much noise a latent holds at each training timestep, and the conversions between the three
// things a model may predict. Source: diffusers 0.42.1, schedulers/scheduling_ddim.py. Timesteps
// are int64 in [0, T); t may have any leading part of the sample's shape: [B] for one level a clip,
// [B, F] for one a frame.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg {

enum class PredictionType { Epsilon, VPrediction, Sample };

// scheduler/scheduler_config.json: what DDIM reads, and the settings of the other samplers where
// the file has them. The defaults are those of diffusers.
struct SchedulerConfig {
  int64_t num_train_timesteps = 1000;
  double beta_start = 0.0001, beta_end = 0.02;
  std::string beta_schedule = "linear";  // or "scaled_linear", "squaredcos_cap_v2"
  std::vector<double> trained_betas;     // [T] instead of a named schedule
  bool rescale_betas_zero_snr = false;
  PredictionType prediction_type = PredictionType::Epsilon;
  std::optional<std::string> timestep_spacing;  // "leading", "trailing", "linspace"; absent: what
                                                // the sampler's class prefers
  int64_t steps_offset = 0;

  bool clip_sample = true;  // DDIM only, like the next two
  double clip_sample_range = 1.0;
  bool set_alpha_to_one = true;

  int64_t solver_order = 2;  // DPM-Solver++ and UniPC, like the rest
  std::optional<std::string> solver_type;
  bool lower_order_final = true, euler_at_final = false;
  std::string final_sigmas_type = "zero";  // or "sigma_min"
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
