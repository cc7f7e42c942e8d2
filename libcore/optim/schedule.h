// Learning rate and averaging as functions of the step: nothing to save, nothing to restore.
#pragma once
#include <cstdint>

#include "libcore/base/enum_names.h"

namespace svg::optim {

enum class LrShape { Constant, Cosine };
constexpr auto names_of(LrShape) {
  return std::to_array<EnumName<LrShape>>(
      {{LrShape::Constant, "constant"}, {LrShape::Cosine, "cosine"}});
}

struct LrSchedule {
  double lr = 5e-6;
  LrShape shape = LrShape::Constant;
  int64_t warmup_steps = 0;
  int64_t total_steps = 1;
  double final_ratio = 0.02;  // cosine ends at lr * final_ratio
};

// Rate of update `step` (from 0).
double lr_at(const LrSchedule&, int64_t step);

// Decay of the exponential moving average at update `step`: min(decay, (1 + step) / (10 + step)),
// so that a young average follows its weights (as in diffusers' EMAModel).
double ema_decay_at(double decay, int64_t step);

}  // namespace svg::optim
