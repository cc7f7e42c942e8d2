#include "libcore/slow/train_loop.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <cstdio>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/line_file.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/optim/schedule.h"
#include "libcore/slow/averaged_weights.h"
#include "libcore/slow/training_state.h"

namespace svg::slow {

namespace {

constexpr const char* kMetrics = "metrics.jsonl";

// The loss log goes on where the resumed state stands: later lines of the earlier call are dropped.
void trim_log(const std::string& path, int64_t steps) {
  if (!path_exists(path)) return;
  std::istringstream in(read_file(path));
  std::string kept, line;
  while (std::getline(in, line)) {
    const auto entry = json::parse(line, nullptr, false);
    if (entry.is_object() && entry.value("step", steps + 1) <= steps) kept += line + "\n";
  }
  write_file_atomically(path, kept);
}

void update_at_rates(TrainingState& state, const optim::AdamWOptions& adamw, double lr,
                     TrainTask& task) {
  auto& parameters = task.parameters;
  if (!task.rates.defined()) return update(state, adamw, lr, parameters);
  const auto before = parameters.values.clone();
  update(state, adamw, lr, parameters);
  parameters.values.sub_(before).mul_(task.rates).add_(before);
  optim::refresh_weights(parameters);
}

}  // namespace

void refuse_existing_run(const TrainLoopSettings& o) {
  require(o.force || o.resume ||
              !path_exists(o.output + "/training/state.safetensors", ErrorKind::CannotCreate),
          ErrorKind::CannotCreate, o.output,
          ": holds a training run: go on with --resume, or start anew with --force");
}

void run_training(TrainTask& task, const TrainLoopSettings& o, const ordered_json& provenance,
                  Context& context) {
  const std::string folder = o.output + "/training";
  const std::string state_path = folder + "/state.safetensors", log_path = folder + "/" + kMetrics;
  make_directories(folder);
  const TrainingForm form{o.adam_moments == AdamMoments::EightBit, o.ema != Ema::Off,
                          o.ema == Ema::Cpu};
  TrainingState state;
  if (o.resume && path_exists(state_path)) {
    state = resume_training(state_path, task.parameters, provenance, form);
    trim_log(log_path, state.step);
    log_info(cat("resumed at step ", state.step));
  } else {
    refuse_existing_run(o);
    state = start_training(task.parameters, form);
    write_file_atomically(log_path, "");
  }
  const optim::LrSchedule schedule{o.lr, o.lr_schedule, o.warmup_steps, o.steps, o.final_lr_ratio};
  const optim::AdamWOptions adamw{o.beta1, o.beta2, 1e-8, o.weight_decay};
  auto metrics = LineFile::in(folder, kMetrics);
  Progress progress(context.progress, "step", o.steps, state.step);
  int64_t made = 0, skipped = 0;
  bool save_is_due = false;

  const auto validate = [&](ordered_json& line) {
    with_averaged_weights(task.parameters, state.ema, [&] {
      at::NoGradGuard no_grad;
      const ordered_json numbers = task.validate();
      for (const auto& [key, value] : numbers.items()) line["validation_" + key] = value;
    });
    log_info(cat("step ", state.step, " ", line.dump()));
  };
  if (o.validate_first && state.step == 0 && task.validate) {
    ordered_json line = {{"step", 0}};
    validate(line);
    metrics.write(line.dump());
  }
  auto due = [&](int64_t every) {
    return every > 0 && (state.step % every == 0 || state.step == o.steps);
  };
  // The state comes last: while it is the older one, a resumed run comes here again and completes
  // the model.
  auto save = [&] {
    with_averaged_weights(task.parameters, state.ema, task.save_model);
    save_training(state_path, task.parameters, state, provenance);
  };

  while (state.step < o.steps) {
    ordered_json line = {{"step", state.step + 1}};
    double total = 0;
    optim::clear_gradients(task.parameters);
    for (int64_t micro = 0; micro < o.accumulate; ++micro) {
      ordered_json parts;
      at::Tensor loss = task.loss(state.step, micro, parts) / static_cast<double>(o.accumulate);
      torch::autograd::backward({loss}, {});
      optim::collect_gradients(task.parameters);
      total += loss.item<double>();
      for (auto& [key, value] : parts.items()) line[key] = value;
    }
    const double norm = optim::clip_gradients(task.parameters, o.max_grad_norm);
    const double lr = optim::lr_at(schedule, state.step);
    line["loss"] = total;
    line["grad_norm"] = norm;
    line["lr"] = lr;
    if (std::isfinite(norm) && std::isfinite(total)) {
      update_at_rates(state, adamw, lr, task);
      average(state, task.parameters, optim::ema_decay_at(o.ema_decay, state.step));
    } else {
      line["skipped"] = true;
      log_debug(cat("step ", state.step + 1,
                    ": a loss or a gradient is not finite: the weights stay as they are"));
      require(++skipped < 100, ErrorKind::Data, "the loss was not finite in ", skipped,
              " updates: lower --lr, or look for NaN in the data");
    }
    ++state.step;
    ++made;
    if (due(o.validate_every) && task.validate) validate(line);
    metrics.write(line.dump());
    progress.update(state.step, cat("loss ", total));
    if (due(o.sample_every) && task.sample) {
      char name[32];
      std::snprintf(name, sizeof name, "/sample-%07lld.png", static_cast<long long>(state.step));
      with_averaged_weights(task.parameters, state.ema, [&] {
        at::NoGradGuard no_grad;
        task.sample(folder + name);
      });
    }
    const bool at_rest =
        state.step == o.steps || !task.may_stop_after || task.may_stop_after(state.step);
    const bool stop = at_rest && (stop_requested() || (o.max_steps > 0 && made >= o.max_steps));
    save_is_due = save_is_due || due(o.checkpoint_every);
    if (at_rest && (save_is_due || stop || state.step == o.steps)) {
      save();
      save_is_due = false;
    }
    if (stop && state.step < o.steps) {
      fail(ErrorKind::Stopped, "stopped at step ", state.step, " of ", o.steps,
           ": go on with --resume");
    }
  }
}

}  // namespace svg::slow
