// Executes the steps of a plan in one environment: in an open loop as they were read, in a closed
// loop by reading each action when it is due.
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
  Follower(const Idm& idm, Control control, const at::Tensor& seen);

  // Fills `acted`; in a closed loop `read` and `confidence` too. Of several environments at once.
  void execute(Actor& actor, PlannedStep& step) const;
  // The environment shows this by now.
  void note(const PlannedStep& step);

 private:
  const Idm& idm_;
  Control control_;
  at::Tensor here_;  // u8 [H, W, 3]
};

}  // namespace svg::plan
