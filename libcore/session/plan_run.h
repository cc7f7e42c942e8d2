// svg-plan run: tasks planned with a memory and executed. Torch-free.
#pragma once
#include "libcore/plan/run.h"
#include "libcore/session/door.h"

namespace svg::session {

struct PlanRunOptions {
  static constexpr const char* kSession = "svg_plan_run_session";
  plan::RunPlansSettings run;
  double time_limit = 0;  // seconds for each operation; 0: those of the protocol
};

}  // namespace svg::session

// The report's exit code is 69 or 65 where environments failed.
extern "C" svg::session::Session<svg::session::PlanRunOptions> svg_plan_run_session;
