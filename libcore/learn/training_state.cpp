#include "libcore/learn/training_state.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "formats/base/error.h"
#include "formats/safetensors.h"
#include "libcore/tensor/parameters.h"

namespace svg::learn {

namespace {

// Names and shapes of the parameters, so that a state is never laid over another model.
std::string layout_of(const FlatParameters& p) {
  std::ostringstream text;
  for (const auto& [name, t] : p.named) text << name << t.sizes() << ';';
  return text.str();
}

}  // namespace

TrainingState start_training(const FlatParameters& p) {
  return {0, p.values.detach().clone(), make_adamw(p.values)};
}

void save_training(const std::string& path, const FlatParameters& p, const TrainingState& s,
                   const ordered_json& settings) {
  save_tensors(path,
               {{"weights", p.values}, {"ema", s.ema}, {"exp_avg", s.optimizer.exp_avg},
                {"exp_avg_sq", s.optimizer.exp_avg_sq}},
               at::kFloat,
               {{"format", "svg-training/1"}, {"step", std::to_string(s.step)}, {"layout", layout_of(p)},
                {"settings", settings.dump()}});
}

TrainingState resume_training(const std::string& path, FlatParameters& p, const ordered_json& settings) {
  formats::SafetensorsFile file(path);
  const auto& metadata = file.view().metadata;
  auto text = [&](const char* key) {
    auto it = metadata.find(key);
    require(it != metadata.end(), ErrorKind::Data, path, ": metadata key \"", key, "\" is missing");
    return it->second;
  };
  require(text("layout") == layout_of(p), ErrorKind::Config, path, ": belongs to a model of another shape");
  const auto saved = parse_json(text("settings"), path);
  for (const auto& [key, value] : settings.items()) {
    if (key == "steps") continue;  // a run may be made longer or shorter: the schedule follows
    const auto it = saved.find(key);
    require(it != saved.end() && *it == json(value), ErrorKind::Config, path, ": the run was started with ", key, " = ",
            it == saved.end() ? std::string("(nothing)") : it->dump(), ", now ", value.dump(),
            ": use the same settings, or another -o");
  }
  auto tensor = [&](const char* name) {
    const auto* view = file.view().find(name);
    require(view, ErrorKind::Data, path, ": tensor \"", name, "\" is missing");
    at::Tensor t = tensor_of(*view);
    require(t.sizes() == p.values.sizes(), ErrorKind::Data, path, ": tensor \"", name, "\" has the wrong size");
    return t.to(p.values.device());
  };
  TrainingState s;
  s.step = std::stoll(text("step"));
  {
    at::NoGradGuard no_grad;
    p.values.copy_(tensor("weights"));
  }
  s.ema = tensor("ema");
  s.optimizer = {tensor("exp_avg"), tensor("exp_avg_sq"), s.step};
  return s;
}

}  // namespace svg::learn
