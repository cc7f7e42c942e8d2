#include "libcore/learn/fast_flags.h"

namespace svg::learn {

FastSettings FastFlags::over(FastSettings s) const {
  if (rank) s.rank = *rank;
  if (alpha) s.alpha = *alpha;
  if (targets) s.targets = *targets;
  if (steps) s.steps = *steps;
  if (batch) s.batch = *batch;
  if (lr) s.lr = *lr;
  if (optimizer) s.optimizer = *optimizer;
  if (objective) s.objective = *objective;
  if (source) s.source = *source;
  if (weighting) s.weighting = *weighting;
  if (reverse) s.reverse = *reverse;
  if (text) s.text = *text;
  if (timesteps) {
    const auto colon = timesteps->find(':');
    try {
      size_t used_low = 0, used_high = 0;
      if (colon == std::string::npos) throw std::invalid_argument(*timesteps);
      const std::string low = timesteps->substr(0, colon), high = timesteps->substr(colon + 1);
      s.timestep_low = std::stoll(low, &used_low);
      s.timestep_high = std::stoll(high, &used_high);
      if (used_low != low.size() || used_high != high.size()) throw std::invalid_argument(*timesteps);
    } catch (const std::exception&) {
      fail(ErrorKind::Usage, "--fast-timesteps \"", *timesteps, "\": expected LO:HI, such as 0:1000");
    }
  }
  s.validate();
  return s;
}

}  // namespace svg::learn
