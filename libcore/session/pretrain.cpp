#include "libcore/session/pretrain.h"

#include "libcore/base/error.h"
#include "libcore/footprint/meta_model.h"
#include "libcore/session/estimate_report.h"
#include "libcore/session/guard.h"
#include "libcore/slow/slow_trainer.h"
#include "libcore/slow/train_loop.h"
#include "libcore/slow/training_footprint.h"
#include "libcore/slow/vae_trainer.h"

namespace svg::session {

namespace {

Report estimate(const PretrainOptions& o, const Context& context) {
  require(o.component == slow::Component::Unet, ErrorKind::Usage,
          "--estimate is for --component unet");
  const auto& target = o.estimate.target;
  const auto frame = footprint::frame_of(formats::ModelDirectory(o.files.model), target.size);
  return report_of(slow::training_footprint(o.files.model, o.loop, o.unet, frame, target, context));
}

Report pretrain(const PretrainOptions& o, Context& context) {
  if (o.estimate.estimate) return estimate(o, context);
  slow::refuse_existing_run(o.loop);
  o.component == slow::Component::Vae ? slow::train_vae(o.files, o.loop, o.vae, context)
                                      : slow::train_unet(o.files, o.loop, o.unet, context);
  return {};
}

}  // namespace

}  // namespace svg::session

void svg_pretrain_session(const svg::session::PretrainOptions& options, svg::Context& context,
                          svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::pretrain(options, context); });
}
