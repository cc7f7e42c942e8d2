// The loop that every slow training runs: loss, clipping, AdamW, average, log, checkpoints,
// validation, samples, stop and resume. What is trained comes as a task.
#pragma once
#include <functional>
#include <string>

#include "libcore/base/context.h"
#include "libcore/base/json.h"
#include "libcore/optim/flat_parameters.h"
#include "libcore/slow/train_settings.h"

namespace svg::slow {

struct TrainTask {
  optim::FlatParameters parameters;
  // [P] at which multiple of the learning rate each number learns; undefined: 1.
  at::Tensor rates{};
  // The loss of micro-batch `micro` of update `step`, ready for backward; adds its parts (plain
  // numbers) to `log`.
  std::function<at::Tensor(int64_t step, int64_t micro, ordered_json& log)> loss;
  // With the averaged weights in place:
  std::function<ordered_json()> validate;              // numbers for the log
  std::function<void(const std::string& png)> sample;  // a contact sheet
  std::function<void()> save_model;  // writes the model directory, from parameters.values
  // Whether a run can go on from its state after so many updates; empty: from each. States are
  // saved there alone, and a stop waits for it.
  std::function<bool(int64_t step)> may_stop_after{};
};

// Throws Error{CannotCreate} where RUN holds a run and neither --resume nor --force is given:
// before anything is written there.
void refuse_existing_run(const TrainLoopSettings&);

// Runs updates until all steps are made. `provenance` are the settings that shape the result; a
// resumed run must have the same. After a stop request or max_steps it saves and throws
// Error{Stopped}.
void run_training(TrainTask&, const TrainLoopSettings&, const ordered_json& provenance, Context&);

}  // namespace svg::slow
