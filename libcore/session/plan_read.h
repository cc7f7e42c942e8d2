// svg-plan read: how well an inverse dynamics model reads true and generated frames. Torch-free.
#pragma once
#include "libcore/plan/reading.h"
#include "libcore/session/door.h"

namespace svg::session {

struct PlanReadOptions {
  static constexpr const char* kSession = "svg_plan_read_session";
  plan::ReadingSettings reading;
  double time_limit = 0;  // seconds for each operation; 0: those of the protocol
};

}  // namespace svg::session

// Reports a row a move.
extern "C" svg::session::Session<svg::session::PlanReadOptions> svg_plan_read_session;
