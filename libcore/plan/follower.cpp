#include "libcore/plan/follower.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/plan/pictures.h"
#include "libcore/plan/tried_actions.h"

namespace svg::plan {
namespace {

at::Tensor last_of(const Acted& acted, const at::Tensor& like) {
  return last_frames(frames_tensor(acted.rgb, like.size(0), like.size(1)), 1)[0];
}

}  // namespace

void check_control(const Idm& idm, Control control) {
  require(control == Control::OpenLoop || idm.config.pairs, ErrorKind::Config,
          "--control closed-loop: the inverse dynamics model was not trained on pairs of frames: "
          "svg-plan train --pair-share");
}

Follower::Follower(const Idm& idm, const PlannerSettings& settings, const at::Tensor& seen)
    : idm_(idm),
      reading_(settings.reading),
      control_(reading_ == Reading::Oracle ? Control::OpenLoop : settings.control),
      share_(settings.correction),
      here_(seen[seen.size(0) - 1]) {}

// `wanted`: what leads from here to the plan's next frame. A field of few values is corrected when
// the error has come nearer to another of them.
world::FrameAction Follower::corrected(const world::FrameAction& meant,
                                       const world::FrameAction& wanted,
                                       std::vector<double>& error) const {
  world::FrameAction action = wanted;
  for (size_t v = 0; v < wanted.size(); ++v) {
    const IdmField& field = idm_.config.fields[v];
    if (!is_increment(field)) continue;
    error[v] += share_ * (wanted[v] - meant[v] - error[v]);
    const double to = meant[v] + error[v];
    action[v] = field.binned ? std::clamp(to, field.values.front(), field.values.back())
                             : field.values[static_cast<size_t>(class_of(field, to))];
    error[v] = to - action[v];
  }
  return action;
}

void Follower::execute(Actor& actor, PlannedStep& step) const {
  if (reading_ == Reading::Oracle && !actor.over())
    step.meant = tried_actions(actor, step.imagined);
  if (control_ == Control::OpenLoop) {
    step.read = step.meant;
    step.acted = actor.act(step.read);
    return;
  }
  auto here = here_;
  std::vector<double> error(idm_.config.fields.size(), 0);
  for (int64_t f = 0; f < step.imagined.size(0); ++f) {
    const auto wanted = read_next(idm_, here, step.imagined, f);
    step.read.push_back(corrected(step.meant[static_cast<size_t>(f)], wanted.actions[0], error));
    const Acted acted = actor.act({step.read.back()});
    if (acted.frames > 0) here = last_of(acted, here);
    append(step.acted, acted);
  }
}

void Follower::note(const PlannedStep& step) {
  if (control_ == Control::ClosedLoop && step.acted.frames > 0) here_ = last_of(step.acted, here_);
}

}  // namespace svg::plan
