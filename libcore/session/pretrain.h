// svg-pretrain: slow learning (SlowFast-VGen, section 3.1). Trains one component of a model
// directory. Torch-free.
#pragma once
#include <string>

#include "libcore/session/door.h"
#include "libcore/session/estimate.h"
#include "libcore/slow/train_settings.h"

namespace svg::session {

struct PretrainOptions {
  static constexpr const char* kSession = "svg_pretrain_session";
  slow::Component component = slow::Component::Unet;
  slow::TrainingFiles files;
  slow::TrainLoopSettings loop;
  slow::SlowSettings unet;
  slow::VaeSettings vae;
  EstimateOptions estimate;
};

}  // namespace svg::session

// Reports an estimate where one was asked for. RUN/training/metrics.jsonl has a line for every
// update.
extern "C" svg::session::Session<svg::session::PretrainOptions> svg_pretrain_session;
