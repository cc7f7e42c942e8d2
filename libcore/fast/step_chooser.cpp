#include "libcore/fast/step_chooser.h"

#include "libcore/base/error.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::fast {

StepGate gate_as_learned(const formats::Revision& r) {
  const int64_t steps = r.steps.value_or(0);
  const bool opened = steps > 0 || r.loss_before.has_value();
  return {[opened] { return opened; }, [steps](int64_t made) { return made < steps; }};
}

StepChooser::StepChooser(const FastSettings& settings, const std::string& replay)
    : most_(settings.steps), replay_(replay) {
  require(
      replay.empty() || !settings.budget.empty(), ErrorKind::Usage,
      "--fast-replay makes the steps of a run with a budget again: give its --fast-budget, too");
  if (!replay.empty()) {
    const auto ref = formats::MemoryRef::parse(replay);
    const auto memory = formats::Memory::open(ref.dir);
    for (const int64_t id : memory.way_to(ref.revision.value_or(memory.head()))) {
      const auto& r = memory.revision(id);
      // Where a chunk was learned twice, the later revision counts.
      if (r.steps) replayed_[{r.episode, r.chunk}] = r;
    }
  } else if (!settings.budget.empty()) {
    const auto limit = StepBudget::parse(settings.budget);
    share_ = limit.share > 0;
    budget_.emplace(limit, [start = Clock::now()] { return seconds_since(start); });
  }
}

StepGate StepChooser::begin(const std::string& episode, int64_t chunk,
                            std::optional<double> sampling_sec) {
  if (!replay_.empty()) return replayed_gate(episode, chunk);
  measured_ = budget_ && (sampling_sec || !share_);
  if (!measured_) return {};
  budget_->begin_chunk(sampling_sec.value_or(0));
  return {[this] { return budget_->opens(); },
          [this](int64_t made) { return budget_->allows(made); }};
}

StepGate StepChooser::replayed_gate(const std::string& episode, int64_t chunk) const {
  const auto found = replayed_.find({episode, chunk});
  require(found != replayed_.end(), ErrorKind::Config, "--fast-replay ", replay_,
          ": says nothing of chunk ", chunk, " of \"", episode,
          "\": replay the memory of a run that learned the same chunks");
  const int64_t steps = *found->second.steps;
  require(steps <= most_, ErrorKind::Config, "--fast-replay ", replay_, ": chunk ", chunk,
          " was learned in ", steps, " steps, --fast-steps allows ", most_,
          ": give the same --fast-steps");
  return gate_as_learned(found->second);
}

void StepChooser::end() {
  if (measured_) budget_->end_chunk();
}

}  // namespace svg::fast
