#include "libcore/session/pretrain.h"

#include "libcore/slow/slow_trainer.h"
#include "libcore/slow/train_loop.h"
#include "libcore/slow/training_footprint.h"
#include "libcore/slow/vae_trainer.h"

extern "C" int svg_pretrain_session(const svg::session::PretrainOptions& options,
                                    svg::Context& context) {
  if (options.plan.plan)
    return svg::footprint::print_plan(svg::slow::plan_training(options, context),
                                      options.plan.json);
  svg::slow::refuse_existing_run(options);
  return options.component == "vae" ? svg::slow::train_vae(options, context)
                                    : svg::slow::train_unet(options, context);
}
