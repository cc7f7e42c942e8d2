#include "libcore/plan/planner_settings.h"

namespace svg::plan {
namespace {
const std::string kCommand = "command:";
}

Scorer PlannerSettings::scorer_kind() const {
  if (scorer == "confidence") return Scorer::Confidence;
  if (scorer == "familiar") return Scorer::Familiar;
  require(scorer.starts_with(kCommand) && scorer.size() > kCommand.size(), ErrorKind::Usage,
          "--scorer ", scorer, ": expected confidence, familiar or command:PROGRAM");
  return Scorer::Command;
}

std::string PlannerSettings::scorer_command() const {
  return scorer.substr(kCommand.size());
}

std::vector<Setting> settings_of(PlannerSettings& s) {
  return {
      Setting("feedback", s.feedback,
              "What the next chunk continues: the generated frames, or those that the environment "
              "showed"),
      Setting("control", s.control,
              "Actions are read from the plan alone (open-loop), or each from what the environment "
              "shows by then and the plan's next frame (closed-loop)"),
      Setting("correction", s.correction,
              "Of a closed loop: share of the difference between where things are and where the "
              "plan has them that each action makes good; 1: all of it",
              between(0, 1)),
      Setting("memory", s.memory,
              "Temp-LoRA: learns past and plan (on), the past alone (frozen), is not used (off), "
              "or is that of another episode (swapped, or learning on, swapped-on)"),
      Setting("branches", s.branches, "Continuations of each subgoal, of which one is kept",
              between(1, 256)),
      Setting("branch_depth", s.branch_depth,
              "Chunks that a branch looks ahead, each branch learning its own", between(1, 16)),
      Setting("scorer", s.scorer,
              "Which branch is kept: confidence (of the inverse dynamics model), familiar (nearest "
              "to what was seen), or command:PROGRAM"),
  };
}

}  // namespace svg::plan
