// Executes the steps of a plan in one environment: in an open loop as the plan alone is read; in a
// closed loop each action is what the plan means, corrected by a share of what else would lead from
// what the environment shows to the plan's next frame. Readings err by themselves, so that a share
// does better than all of it: proportional control with feedforward.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/plan/actor.h"
#include "libcore/plan/idm.h"
#include "libcore/plan/planned_step.h"
#include "libcore/plan/planner_settings.h"

namespace svg::plan {

// Throws Error{Config} where this model cannot read actions in that way.
void check_control(const Idm& idm, Control control);

class Follower {
 public:
  // `seen`, u8 [n, H, W, 3]: what the environment has shown. The model must outlive this.
  Follower(const Idm& idm, const PlannerSettings& settings, const at::Tensor& seen);

  // Fills `read` and `acted` of a step with `meant`, which an oracle that reads fills, too. Of
  // several environments at once.
  void execute(Actor& actor, PlannedStep& step) const;
  // The environment shows this by now.
  void note(const PlannedStep& step);

 private:
  world::FrameAction corrected(const world::FrameAction& meant, const world::FrameAction& wanted,
                               std::vector<double>& error) const;

  const Idm& idm_;
  Reading reading_;
  Control control_;
  double share_;
  at::Tensor here_;  // u8 [H, W, 3]
};

}  // namespace svg::plan
