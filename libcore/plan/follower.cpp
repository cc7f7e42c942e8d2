#include "libcore/plan/follower.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/plan/pictures.h"

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

Follower::Follower(const Idm& idm, Control control, const at::Tensor& seen)
    : idm_(idm), control_(control), here_(seen[seen.size(0) - 1]) {}

void Follower::execute(Actor& actor, PlannedStep& step) const {
  if (control_ == Control::OpenLoop) {
    step.acted = actor.act(step.read);
    return;
  }
  auto here = here_;
  for (int64_t f = 0; f < step.imagined.size(0); ++f) {
    auto read = read_next(idm_, here, step.imagined, f);
    const Acted acted = actor.act(read.actions);
    step.read.push_back(std::move(read.actions[0]));
    step.confidence.push_back(read.confidence[0]);
    if (acted.frames > 0) here = last_of(acted, here);
    append(step.acted, acted);
  }
}

void Follower::note(const PlannedStep& step) {
  if (control_ == Control::ClosedLoop && step.acted.frames > 0)
    here_ = last_of(step.acted, here_);
}

}  // namespace svg::plan
