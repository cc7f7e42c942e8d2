#include "libcore/learn/pretrain_session.h"

#include "libcore/learn/slow_trainer.h"
#include "libcore/learn/train_loop.h"
#include "libcore/learn/training_plan.h"
#include "libcore/learn/vae_trainer.h"

extern "C" int svg_pretrain_session(const svg::learn::PretrainOptions& options,
                                    svg::Context& context) {
  if (options.plan.plan)
    return svg::learn::print_plan(svg::learn::plan_training(options, context), options.plan.json);
  svg::learn::refuse_existing_run(options);
  return options.component == "vae" ? svg::learn::train_vae(options, context)
                                    : svg::learn::train_unet(options, context);
}
