// svg-plan score: the score table of a task set. Torch-free.
#pragma once
#include "libcore/plan/score.h"
#include "libcore/session/door.h"

namespace svg::session {

struct PlanScoreOptions {
  static constexpr const char* kSession = "svg_plan_score_session";
  plan::ScoreSettings score;
  double time_limit = 0;  // seconds for each operation; 0: those of the protocol
};

}  // namespace svg::session

// Reports the table. Exit 69 or 65 where all tasks of a cell failed: plan::exit_code_of().
extern "C" svg::session::Session<svg::session::PlanScoreOptions> svg_plan_score_session;
