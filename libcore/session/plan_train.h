// svg-plan train: an inverse dynamics model. Torch-free.
#pragma once
#include "libcore/plan/idm_settings.h"
#include "libcore/session/door.h"
#include "libcore/slow/train_settings.h"

namespace svg::session {

struct PlanTrainOptions {
  static constexpr const char* kSession = "svg_plan_train_session";
  plan::IdmTraining idm;
  slow::TrainLoopSettings loop = plan::idm_loop();
};

}  // namespace svg::session

// Reports the accuracy on what is held out.
extern "C" svg::session::Session<svg::session::PlanTrainOptions> svg_plan_train_session;
