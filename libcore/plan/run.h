// Tasks planned and executed, recorded as a data set (svg-plan run): the folder is a manifest of
// what the environments showed, and beside it, for each episode, the plan as a latent stream, what
// was read and executed, the memory, and a video of plan and execution.
//   episodes.jsonl, chunks.jsonl, tasks.jsonl, frames-, pose-, act-NNNNNN
//   plan-NNNNNN.latents   the past, then the plan's chunks
//   plan-NNNNNN.jsonl     a line a subgoal: what was read, with which confidence, what was executed
//   memory-NNNNNN.memory
//   video-NNNNNN.mp4      left the plan, right what came of it
//   failed.jsonl          episodes whose environment failed; what they had is kept
// It grows as NAME.partial. A stopped run goes on, byte for byte where environments are
// deterministic: what was executed is executed again and must look the same. Where it does not, or
// they are not, the episodes begun are started anew, and that is said.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/plan/actor.h"
#include "libcore/plan/planner_settings.h"

namespace svg::plan {

struct RunPlansSettings {
  std::string model, idm, tasks, command, subgoals = "template";
  world::TimeLimits limits;
  int first = 0, count = 0;  // of the tasks; count 0: all
  int batch = 16;            // tasks in step
  double act_noise = 0;
  ordered_json run;  // as session::RunOptions::settings
  PlannerSettings planner;
  std::string keep = "last";  // revisions of the memories whose files stay
  std::string video = "mp4";  // ending of the videos' names; none: no videos
  std::string folder;
  bool resume = false;
};

struct PlanFailure {
  std::string episode;
  Failure failure;
};
struct RunPlansReport {
  int episodes = 0, kept = 0;  // all; of an earlier run
  int64_t frames = 0;          // executed by plans
  std::vector<PlanFailure> failed;
};

// Throws Error{CannotCreate, Config, Io, Stopped}, and as its parts.
RunPlansReport run_plans(const RunPlansSettings& settings, Context& context);

}  // namespace svg::plan
