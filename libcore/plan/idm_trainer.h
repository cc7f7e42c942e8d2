// Training and measuring an inverse dynamics model.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/eval/bootstrap.h"
#include "libcore/plan/idm.h"
#include "libcore/plan/idm_settings.h"

namespace svg::plan {

struct IdmEpisode;

// How often a field of the action is read as it is, per episode and then over episodes.
struct FieldAccuracy {
  std::string field;
  eval::Interval all;     // of all steps
  eval::Interval moving;  // of those whose value is not 0
  eval::Interval error;   // mean absolute difference, in the field's unit
};
struct IdmAccuracy {
  std::string pictures;  // "recorded", "coded", "generated", "pairs"
  std::vector<FieldAccuracy> fields;
  eval::Interval action;  // all fields right at once
  int64_t episodes = 0, steps = 0;
};
// Trains and writes loop.output; goes on with it where loop.resume says so. Returns the accuracy on
// what is held out. Throws as slow::run_training(), and as reading the data does.
std::vector<IdmAccuracy> train_idm(const IdmTraining& settings, const slow::TrainLoopSettings& loop,
                                   Context& context);

}  // namespace svg::plan
