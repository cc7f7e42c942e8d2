#include "libcore/optim/schedule.h"

#include <algorithm>
#include <cmath>

namespace svg::optim {

double lr_at(const LrSchedule& s, int64_t step) {
  if (step < s.warmup_steps)
    return s.lr * static_cast<double>(step + 1) / static_cast<double>(s.warmup_steps);
  if (s.shape == LrShape::Constant) return s.lr;
  const double span = static_cast<double>(std::max<int64_t>(1, s.total_steps - s.warmup_steps));
  const double done = std::min(1.0, static_cast<double>(step - s.warmup_steps) / span);
  return s.lr * (s.final_ratio + (1 - s.final_ratio) * 0.5 * (1 + std::cos(M_PI * done)));
}

double ema_decay_at(double decay, int64_t step) {
  return std::min(decay, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
}

}  // namespace svg::optim
