// svg-plan record: a policy rolled in any environment, into a data set. Torch-free; called
// directly.
#pragma once
#include <string>

#include "libcore/base/context.h"
#include "libcore/session/report.h"

namespace svg::session {

struct PlanRecordOptions {
  std::string environment;  // the command
  std::string folder;
  int episodes = 0;
  std::string chunks = "16";  // N, or LO:HI drawn for each
  int frames = 0;
  std::string moves, script;
  std::string split = "train";
  bool retrace = false;
  double time_limit = 0;  // seconds for each operation; 0: those of the protocol
  int jobs = 1;
  bool resume = false;
};

// The report's exit code is 69 or 65 where episodes failed and others did not. Throws as
// plan::record().
Report plan_record(const PlanRecordOptions&, Context&);

}  // namespace svg::session
