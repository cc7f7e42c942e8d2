// What a training run needs beside the weights to go on as if it had never stopped: RUN/training/state.safetensors holds the raw
// weights, their average and the optimizer's moments in fp32, and, in its metadata, the step.
#pragma once
#include <cstdint>
#include <string>

#include "formats/base/json.h"
#include "libcore/learn/adamw.h"
#include "libcore/learn/flat_parameters.h"

namespace svg::learn {

struct TrainingState {
  int64_t step = 0;  // updates made
  at::Tensor ema;    // [P], average of the weights
  AdamW optimizer;
};

// Fresh: the average starts at the weights.
TrainingState start_training(const FlatParameters&);

// Written atomically. `settings` are those that shape the run; resume() compares them.
void save_training(const std::string& path, const FlatParameters&, const TrainingState&, const ordered_json& settings);

// Restores weights (in place), average and moments. Throws Error{Config} where the file belongs to other settings or to other
// parameters, naming what differs; the number of steps may differ.
TrainingState resume_training(const std::string& path, FlatParameters&, const ordered_json& settings);

}  // namespace svg::learn
