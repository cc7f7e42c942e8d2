#include <cmath>

#include "libcore/model/diffusers_config.h"
#include "libcore/model/noise_schedule.h"

namespace svg {

namespace {

// doc[key], or `fallback` where it is absent or null.
template <NamedEnum E>
E read_enum(const json& doc, const char* key, E fallback, const std::string& where) {
  const auto name = json_get_or<std::string>(doc, key, name_of(fallback), where);
  return enum_from<E>(name, cat(where, ": \"", key, "\""), ErrorKind::Data);
}

// Settings that change the steps of every sampler but DDIM, in ways that ours lack.
std::vector<std::string> unsupported_settings(const json& doc, const std::string& where) {
  std::vector<std::string> found;
  for (const char* key : {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas",
                          "use_lu_lambdas", "use_flow_sigmas", "use_dynamic_shifting"})
    if (json_get_or(doc, key, false, where)) found.push_back(key);
  if (!json_get_or(doc, "predict_x0", true, where)) found.push_back("predict_x0");
  const auto differs = [&](const char* key, const char* supported) {
    if (json_get_or<std::string>(doc, key, supported, where) != supported) found.push_back(key);
  };
  differs("algorithm_type", "dpmsolver++");
  differs("interpolation_type", "linear");
  differs("timestep_type", "discrete");
  if (std::isfinite(json_get_or(doc, "lambda_min_clipped", -INFINITY, where)))
    found.push_back("lambda_min_clipped");
  return found;
}

constexpr int64_t kMaxTimesteps = 1'000'000, kMaxOrder = 16;  // models have 1,000 and 2 or 3

void validate(const SchedulerConfig& c, const std::string& where) {
  require(c.num_train_timesteps >= 2 && c.num_train_timesteps <= kMaxTimesteps, ErrorKind::Data,
          where, ": \"num_train_timesteps\" must be from 2 to ", kMaxTimesteps);
  require(c.trained_betas.empty() ||
              static_cast<int64_t>(c.trained_betas.size()) == c.num_train_timesteps,
          ErrorKind::Data, where, ": \"trained_betas\" has ", c.trained_betas.size(),
          " numbers, \"num_train_timesteps\" is ", c.num_train_timesteps);
  require(c.beta_start > 0 && c.beta_start <= c.beta_end && c.beta_end < 1, ErrorKind::Data, where,
          ": expected 0 < beta_start <= beta_end < 1");
  require(c.steps_offset >= 0 && c.steps_offset < c.num_train_timesteps, ErrorKind::Data, where,
          ": \"steps_offset\" must be one of the ", c.num_train_timesteps, " timesteps");
  require(c.clip_sample_range > 0, ErrorKind::Data, where,
          ": \"clip_sample_range\" must be positive");
  require(c.solver_order >= 1 && c.solver_order <= kMaxOrder, ErrorKind::Data, where,
          ": \"solver_order\" must be from 1 to ", kMaxOrder);
}

}  // namespace

SchedulerConfig scheduler_config(const json& doc, const std::string& where) {
  SchedulerConfig c;
  c.num_train_timesteps = json_get_or(doc, "num_train_timesteps", c.num_train_timesteps, where);
  c.beta_start = json_get_or(doc, "beta_start", c.beta_start, where);
  c.beta_end = json_get_or(doc, "beta_end", c.beta_end, where);
  c.beta_schedule = read_enum(doc, "beta_schedule", c.beta_schedule, where);
  c.trained_betas = json_get_or(doc, "trained_betas", c.trained_betas, where);
  c.rescale_betas_zero_snr =
      json_get_or(doc, "rescale_betas_zero_snr", c.rescale_betas_zero_snr, where);
  c.prediction_type = read_enum(doc, "prediction_type", c.prediction_type, where);
  if (doc.contains("timestep_spacing"))
    c.timestep_spacing = read_enum(doc, "timestep_spacing", TimestepSpacing::Leading, where);
  c.steps_offset = json_get_or(doc, "steps_offset", c.steps_offset, where);
  c.clip_sample = json_get_or(doc, "clip_sample", c.clip_sample, where);
  c.clip_sample_range = json_get_or(doc, "clip_sample_range", c.clip_sample_range, where);
  c.set_alpha_to_one = json_get_or(doc, "set_alpha_to_one", c.set_alpha_to_one, where);
  c.solver_order = json_get_or(doc, "solver_order", c.solver_order, where);
  if (doc.contains("solver_type"))
    c.solver_type = read_enum(doc, "solver_type", SolverType::Midpoint, where);
  c.lower_order_final = json_get_or(doc, "lower_order_final", c.lower_order_final, where);
  c.euler_at_final = json_get_or(doc, "euler_at_final", c.euler_at_final, where);
  c.final_sigmas_type = read_enum(doc, "final_sigmas_type", c.final_sigmas_type, where);
  c.disable_corrector = json_get_or(doc, "disable_corrector", c.disable_corrector, where);
  c.unsupported = unsupported_settings(doc, where);
  require(!json_get_or(doc, "thresholding", false, where), ErrorKind::Data, where,
          ": \"thresholding\" is not supported");
  const auto variance = json_get_or<std::string>(doc, "variance_type", "", where);
  require(!variance.starts_with("learned"), ErrorKind::Data, where, ": \"variance_type\" is \"",
          variance, "\"; models that predict their variance are not supported");
  validate(c, where);
  return c;
}

json to_json(const SchedulerConfig& c) {
  return {
      {"_class_name", "DDIMScheduler"},
      {"_diffusers_version", kDiffusersVersion},
      {"beta_end", c.beta_end},
      {"beta_schedule", name_of(c.beta_schedule)},
      {"beta_start", c.beta_start},
      {"clip_sample", c.clip_sample},
      {"clip_sample_range", c.clip_sample_range},
      {"dynamic_thresholding_ratio", 0.995},
      {"num_train_timesteps", c.num_train_timesteps},
      {"prediction_type", name_of(c.prediction_type)},
      {"rescale_betas_zero_snr", c.rescale_betas_zero_snr},
      {"sample_max_value", 1.0},
      {"set_alpha_to_one", c.set_alpha_to_one},
      {"steps_offset", c.steps_offset},
      {"thresholding", false},
      {"timestep_spacing", name_of(c.timestep_spacing.value_or(TimestepSpacing::Leading))},
      {"trained_betas", c.trained_betas.empty() ? json() : json(c.trained_betas)},
  };
}

}  // namespace svg
