// The settings of the inverse dynamics model's training. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/settings.h"
#include "libcore/slow/train_settings.h"

namespace svg::plan {

struct IdmTraining {
  std::vector<std::string> data;        // manifests with actions
  std::vector<std::string> validation;  // held out; empty: the last tenth of the episodes of `data`
  std::string vae;                      // model directory; empty: pictures as recorded alone
  std::vector<std::string> generated;  // latent streams of that model; their last fifth is held out
  double coded_share = 0.5;            // of the training items, through the autoencoder
  double generated_share = 0.25;       // of the training items, where there are generated ones
  double pair_share = 0;  // of the training items: a recorded frame and one soon before or after it
  double far_share = 0;   // of the pairs: frames of the whole episode
  int64_t channels = 32, points = 16;
};
std::vector<Setting> settings_of(IdmTraining& settings);
// The loop's settings that suit this model.
slow::TrainLoopSettings idm_loop();

}  // namespace svg::plan
