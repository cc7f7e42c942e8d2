#include "libcore/fast/fast_flags.h"

#include <tuple>

namespace svg::fast {

namespace {

// "LO:HI"
std::pair<int64_t, int64_t> parse_range(const std::string& text, const char* flag) {
  const auto colon = text.find(':');
  try {
    size_t used_low = 0, used_high = 0;
    if (colon == std::string::npos) throw std::invalid_argument(text);
    const std::string low = text.substr(0, colon), high = text.substr(colon + 1);
    const std::pair<int64_t, int64_t> range = {std::stoll(low, &used_low),
                                               std::stoll(high, &used_high)};
    if (used_low != low.size() || used_high != high.size()) throw std::invalid_argument(text);
    return range;
  } catch (const std::exception&) {
    fail(ErrorKind::Usage, flag, " \"", text, "\": expected LO:HI, such as 0:1000");
  }
}

}  // namespace

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
  if (lr_schedule) s.lr_schedule = *lr_schedule;
  if (decay) s.decay = *decay;
  if (check) {
    require(*check >= 0, ErrorKind::Usage, "--fast-check ", *check, ": expected at least 0");
    s.check = *check;
  }
  if (until) s.until = *until;
  if (budget) s.budget = *budget;
  if (past_noise) s.past_noise = *past_noise;
  if (timesteps)
    std::tie(s.timestep_low, s.timestep_high) = parse_range(*timesteps, "--fast-timesteps");
  if (apply) std::tie(s.apply_low, s.apply_high) = parse_range(*apply, "--fast-apply");
  s.validate();
  return s;
}

}  // namespace svg::fast
