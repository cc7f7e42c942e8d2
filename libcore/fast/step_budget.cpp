#include "libcore/fast/step_budget.h"

#include <cmath>
#include <stdexcept>

#include "libcore/base/error.h"

namespace svg::fast {

StepBudget::Limit StepBudget::parse(const std::string& text) {
  size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  const std::string unit = text.substr(used);
  require(
      used > 0 && std::isfinite(value) && value > 0 && (unit == "%" || unit == "s"),
      ErrorKind::Usage, "--fast-budget \"", text,
      "\": expected a share of the sampling time, such as 5%, or seconds a chunk, such as 0.2s");
  return unit == "%" ? Limit{.share = value / 100} : Limit{.seconds = value};
}

void StepBudget::begin_chunk(double sampling_sec) {
  begun_ = now_();
  left_ += limit_.seconds + limit_.share * sampling_sec;
  chunk_step_sec_ = 0;
  chunk_steps_ = 0;
}

double StepBudget::mean_step() const {
  const int64_t steps = steps_ + chunk_steps_;
  return steps > 0 ? (step_sec_ + chunk_step_sec_) / static_cast<double>(steps) : 0;
}

bool StepBudget::opens() const {
  return left() > mean_step();
}

bool StepBudget::allows(int64_t made) {
  if (made == 0) {
    steps_begun_ = now_();
    return true;
  }
  chunk_step_sec_ = now_() - steps_begun_;
  chunk_steps_ = made;
  return left() > mean_step();
}

void StepBudget::end_chunk() {
  step_sec_ += chunk_step_sec_;
  steps_ += chunk_steps_;
  left_ -= now_() - begun_;
}

}  // namespace svg::fast
