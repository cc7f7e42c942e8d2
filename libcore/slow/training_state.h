// What a training run needs beside the weights to go on as if it had never stopped:
// RUN/training/state.safetensors (formats/training-state.md).
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "libcore/base/json.h"
#include "libcore/optim/adamw.h"
#include "libcore/optim/adamw_8bit.h"
#include "libcore/optim/flat_parameters.h"

namespace svg::slow {

struct TrainingForm {
  bool eight_bit = false;       // moments of 8 bits a number
  bool averaged = true;         // an average of the weights is kept,
  bool average_on_cpu = false;  // on the CPU, wherever the weights are
};

struct TrainingState {
  int64_t step = 0;  // updates made
  at::Tensor ema;    // [P] f32, average of the weights; undefined where none is kept
  std::variant<optim::AdamW, optim::AdamW8bit> optimizer;
};

// Fresh: the average starts at the weights.
TrainingState start_training(const optim::FlatParameters&, const TrainingForm& = {});

// One update of the masters, in whichever form.
void update(TrainingState&, const optim::AdamWOptions&, double lr, optim::FlatParameters&);

// Moves the average towards the masters.
void average(TrainingState&, const optim::FlatParameters&, double decay);

// Written atomically. `settings` are those that shape the run; resume() compares them.
void save_training(const std::string& path, const optim::FlatParameters&, const TrainingState&,
                   const ordered_json& settings);

// Restores weights (in place), average and moments. Throws Error{Config} where the file belongs to
// other settings or to other parameters, naming what differs; the number of steps may differ.
TrainingState resume_training(const std::string& path, optim::FlatParameters&,
                              const ordered_json& settings, const TrainingForm& = {});

}  // namespace svg::slow
