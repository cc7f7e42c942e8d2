#include "libcore/slow/training_state.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "formats/safetensors.h"
#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg::slow {

namespace {

// Names and shapes of the parameters, so that a state is never laid over another model.
std::string layout_of(const optim::FlatParameters& p) {
  std::ostringstream text;
  for (const auto& [name, t] : p.named) text << name << t.sizes() << ';';
  return text.str();
}

// Settings that runs of before they existed had; what is absent from a saved state had this value.
const json& earlier_value(const std::string& key) {
  static const json values = {
      {"dtype", "fp32"}, {"adam_moments", "fp32"},           {"ema", true},
      {"own_past", 0.0}, {"own_past_timesteps", {100, 700}}, {"own_past_steps", 3}};
  static const json none;
  const auto it = values.find(key);
  return it == values.end() ? none : *it;
}

// The moments as they are stored.
NamedTensors moments_of(const TrainingState& s) {
  if (const auto* adamw = std::get_if<optim::AdamW>(&s.optimizer))
    return {{"exp_avg", adamw->exp_avg}, {"exp_avg_sq", adamw->exp_avg_sq}};
  const auto& narrow = std::get<optim::AdamW8bit>(s.optimizer);
  return {{"exp_avg.codes", narrow.exp_avg.codes},
          {"exp_avg.absmax", narrow.exp_avg.absmax},
          {"exp_avg_sq.codes", narrow.exp_avg_sq.codes},
          {"exp_avg_sq.absmax", narrow.exp_avg_sq.absmax}};
}

// All that is stored, under its names.
NamedTensors tensors_of(const optim::FlatParameters& p, const TrainingState& s) {
  NamedTensors tensors = {{"weights", p.values}};
  if (s.ema.defined()) tensors.emplace_back("ema", s.ema);
  for (const auto& moment : moments_of(s)) tensors.push_back(moment);
  return tensors;
}

}  // namespace

TrainingState start_training(const optim::FlatParameters& p, const TrainingForm& form) {
  TrainingState s;
  if (form.averaged) {
    s.ema = form.average_on_cpu ? p.values.detach().to(at::kCPU, at::kFloat, false, /*copy=*/true)
                                : p.values.detach().clone();
  }
  if (form.eight_bit) {
    s.optimizer = optim::make_adamw_8bit(p.values);
  } else {
    s.optimizer = optim::make_adamw(p.values);
  }
  return s;
}

void update(TrainingState& s, const optim::AdamWOptions& o, double lr, optim::FlatParameters& p) {
  std::visit(
      [&](auto& optimizer) {
        optim::adamw_update(optimizer, o, lr, p.values, optim::gradients(p));
      },
      s.optimizer);
  optim::refresh_weights(p);
}

void average(TrainingState& s, const optim::FlatParameters& p, double decay) {
  if (!s.ema.defined()) return;
  const at::NoGradGuard no_grad;
  s.ema.lerp_(p.values.to(s.ema.device()), 1 - decay);
}

void save_training(const std::string& path, const optim::FlatParameters& p, const TrainingState& s,
                   const ordered_json& settings) {
  std::vector<at::Tensor> kept;
  std::vector<formats::TensorView> views;
  for (const auto& [name, t] : tensors_of(p, s)) {
    kept.push_back(t.detach().to(at::kCPU).contiguous());
    views.push_back(view_of(name, kept.back()));
  }
  formats::write_safetensors(path, views,
                             {{"format", "svg-training/1"},
                              {"step", std::to_string(s.step)},
                              {"layout", layout_of(p)},
                              {"settings", settings.dump()}});
}

TrainingState resume_training(const std::string& path, optim::FlatParameters& p,
                              const ordered_json& settings, const TrainingForm& form) {
  formats::SafetensorsFile file(path);
  const auto& metadata = file.view().metadata;
  auto text = [&](const char* key) {
    auto it = metadata.find(key);
    require(it != metadata.end(), ErrorKind::Data, path, ": metadata key \"", key, "\" is missing");
    return it->second;
  };
  require(text("layout") == layout_of(p), ErrorKind::Config, path,
          ": belongs to a model of another shape");
  const auto saved = parse_json(text("settings"), path);
  for (const auto& [key, value] : settings.items()) {
    if (key == "steps") continue;  // a run may be made longer or shorter: the schedule follows
    const auto it = saved.find(key);
    const auto& before = it != saved.end() ? *it : earlier_value(key);
    require(before == json(value), ErrorKind::Config, path, ": the run was started with ", key,
            " = ", before.is_null() ? std::string("(nothing)") : before.dump(), ", now ",
            value.dump(), ": use the same settings, or another -o");
  }
  TrainingState s = start_training(p, form);
  s.step = std::stoll(text("step"));
  std::visit([&](auto& optimizer) { optimizer.step = s.step; }, s.optimizer);
  const at::NoGradGuard no_grad;
  for (const auto& [name, t] : tensors_of(p, s)) {
    const auto* view = file.view().find(name);
    require(view, ErrorKind::Data, path, ": tensor \"", name, "\" is missing");
    const at::Tensor stored = tensor_of(*view);
    require(stored.sizes() == t.sizes() && stored.scalar_type() == t.scalar_type(), ErrorKind::Data,
            path, ": tensor \"", name, "\" has the wrong size or dtype");
    t.copy_(stored);
  }
  optim::refresh_weights(p);
  return s;
}

}  // namespace svg::slow
