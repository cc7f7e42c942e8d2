#include "libcore/plan/idm_settings.h"

namespace svg::plan {

std::vector<Setting> settings_of(IdmTraining& s) {
  return {
      Setting("coded_share", s.coded_share,
              "Share of the training items that went through the autoencoder of --vae",
              between(0, 1)),
      Setting("generated_share", s.generated_share, "Share of the training items from --generated",
              between(0, 1)),
      Setting("pair_share", s.pair_share,
              "Share of the training items that show two frames alone, where things are and where "
              "they shall be: for plans with --control closed-loop",
              between(0, 1)),
      Setting("far_share", s.far_share,
              "Share of the pairs whose second frame is the nearest of eight from the whole "
              "episode, in which other things have moved too; where an amount means the same "
              "wherever one stands, as a gripper's does and a walker's does not",
              between(0, 1)),
      Setting("channels", s.channels, "Width of the convolutions, a multiple of 8", at_least(8)),
      Setting("points", s.points,
              "Features whose places in the picture are read beside the means; 0: none",
              between(0, 4096)),
  };
}

slow::TrainLoopSettings idm_loop() {
  slow::TrainLoopSettings loop;
  loop.steps = 1200;
  loop.batch = 32;
  loop.lr = 2e-3;
  loop.lr_schedule = optim::LrShape::Cosine;
  loop.warmup_steps = 50;
  loop.ema_decay = 0.99;
  loop.checkpoint_every = 200;
  loop.validate_every = 0;
  return loop;
}

}  // namespace svg::plan
