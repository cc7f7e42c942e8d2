#include "libcore/fast/fast_settings.h"

#include "libcore/fast/step_budget.h"

namespace svg::fast {

void FastSettings::validate() const {
  auto one_of = [](const std::string& value, std::initializer_list<const char*> allowed,
                   const char* flag) {
    std::string names;
    for (const char* name : allowed) {
      if (value == name) return;
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    fail(ErrorKind::Usage, flag, " \"", value, "\": expected one of ", names);
  };
  one_of(optimizer, {"keep", "reset"}, "--fast-optimizer");
  one_of(objective, {"consecutive", "input-output"}, "--fast-objective");
  one_of(source, {"local", "all"}, "--fast-source");
  one_of(lr_schedule, {"constant", "cosine"}, "--fast-lr-schedule");
  one_of(weighting, {"eps", "v", "x0"}, "--fast-weighting");
  one_of(text, {"auto", "on", "off"}, "--fast-text");
  require(rank >= 1, ErrorKind::Usage, "--fast-rank ", rank, ": expected at least 1");
  require(steps >= 0 && batch >= 1, ErrorKind::Usage, "--fast-steps ", steps, ", --fast-batch ",
          batch, ": expected at least 0 and 1");
  require(lr > 0, ErrorKind::Usage, "--fast-lr ", lr, ": expected more than 0");
  require(reverse >= 0 && reverse <= 1, ErrorKind::Usage, "--fast-reverse ", reverse,
          ": expected a share in 0..1");
  require(0 <= timestep_low && timestep_low < timestep_high, ErrorKind::Usage, "--fast-timesteps ",
          timestep_low, ":", timestep_high, ": expected LO:HI with 0 <= LO < HI");
  require(past_noise >= 0, ErrorKind::Usage, "--fast-past-noise ", past_noise,
          ": expected at least 0");
  require(0 <= apply_low && apply_low < apply_high, ErrorKind::Usage, "--fast-apply ", apply_low,
          ":", apply_high, ": expected LO:HI with 0 <= LO < HI");
  require(decay >= 0 && decay <= 1, ErrorKind::Usage, "--fast-decay ", decay,
          ": expected a share in 0..1");
  require(until >= 0, ErrorKind::Usage, "--fast-until ", until, ": expected a loss, at least 0");
  require(until == 0 || held_out_draws() > 0, ErrorKind::Usage,
          "--fast-until needs the held-out loss: --fast-check 1 or more");
  if (!budget.empty()) StepBudget::parse(budget);
}

ordered_json to_json(const FastSettings& s) {
  return {{"rank", s.rank},
          {"alpha", s.alpha},
          {"targets", s.targets},
          {"steps", s.steps},
          {"batch", s.batch},
          {"lr", s.lr},
          {"lr_schedule", s.lr_schedule},
          {"optimizer", s.optimizer},
          {"objective", s.objective},
          {"source", s.source},
          {"timesteps", {s.timestep_low, s.timestep_high}},
          {"weighting", s.weighting},
          {"reverse", s.reverse},
          {"text", s.text},
          {"past_noise", s.past_noise},
          {"apply", {s.apply_low, s.apply_high}},
          {"decay", s.decay},
          {"check", s.held_out_draws()},
          {"until", s.until},
          {"budget", s.budget}};
}

FastSettings fast_settings_from(const json& doc, const FastSettings& base,
                                const std::string& where) {
  FastSettings s = base;
  require(doc.is_object(), ErrorKind::Data, where, ": \"fast\" must be an object");
  for (const auto& [key, value] : doc.items()) {
    if (key == "rank") s.rank = json_get<int64_t>(doc, key, where);
    else if (key == "alpha") s.alpha = json_get<double>(doc, key, where);
    else if (key == "targets") s.targets = json_get<std::string>(doc, key, where);
    else if (key == "steps") s.steps = json_get<int64_t>(doc, key, where);
    else if (key == "batch") s.batch = json_get<int64_t>(doc, key, where);
    else if (key == "lr") s.lr = json_get<double>(doc, key, where);
    else if (key == "lr_schedule") s.lr_schedule = json_get<std::string>(doc, key, where);
    else if (key == "optimizer") s.optimizer = json_get<std::string>(doc, key, where);
    else if (key == "objective") s.objective = json_get<std::string>(doc, key, where);
    else if (key == "source") s.source = json_get<std::string>(doc, key, where);
    else if (key == "weighting") s.weighting = json_get<std::string>(doc, key, where);
    else if (key == "reverse") s.reverse = json_get<double>(doc, key, where);
    else if (key == "text") s.text = json_get<std::string>(doc, key, where);
    else if (key == "past_noise") s.past_noise = json_get<double>(doc, key, where);
    else if (key == "decay") s.decay = json_get<double>(doc, key, where);
    else if (key == "check") s.check = json_get<int64_t>(doc, key, where);
    else if (key == "until") s.until = json_get<double>(doc, key, where);
    else if (key == "budget") s.budget = json_get<std::string>(doc, key, where);
    else if (key == "timesteps" || key == "apply") {
      const auto range = json_get<std::vector<int64_t>>(doc, key, where);
      require(range.size() == 2, ErrorKind::Data, where, ": \"", key, "\" must be [low, high]");
      (key == "apply" ? s.apply_low : s.timestep_low) = range[0];
      (key == "apply" ? s.apply_high : s.timestep_high) = range[1];
    } else fail(ErrorKind::Data, where, ": unknown key \"", key, "\" in \"fast\"");
  }
  return s;
}

}  // namespace svg::fast
