#include "libcore/learn/step_chooser.h"

#include "formats/base/error.h"
#include "formats/memory.h"
#include "libcore/learn/timings.h"

namespace svg::learn {

StepChooser::StepChooser(const FastSettings& settings, const std::string& replay) : replay_(replay) {
  if (!replay.empty()) {
    const auto ref = formats::MemoryRef::parse(replay);
    const auto memory = formats::Memory::open(ref.dir);
    for (int64_t id = ref.revision.value_or(memory.head()); id != 0; id = memory.revision(id).parent) {
      const auto& revision = memory.revision(id);
      if (revision.steps) replayed_.emplace(revision.chunk, *revision.steps);
    }
  } else if (!settings.budget.empty()) {
    const auto limit = StepBudget::parse(settings.budget);
    share_ = limit.share > 0;
    budget_.emplace(limit, [start = Clock::now()] { return seconds_since(start); });
  }
}

void StepChooser::begin(int64_t chunk, std::optional<double> sampling_sec) {
  measured_ = budget_ && (sampling_sec || !share_);
  if (measured_) budget_->begin_chunk(sampling_sec.value_or(0));
  if (replay_.empty()) return;
  const auto found = replayed_.find(chunk);
  require(found != replayed_.end(), ErrorKind::Config, "--fast-replay ", replay_, ": says nothing of chunk ", chunk,
          ": replay the memory of a run that learned the same chunks");
  steps_ = found->second;
}

bool StepChooser::allows(int64_t made) {
  if (!replay_.empty()) return made < steps_;
  return !measured_ || budget_->allows(made);
}

void StepChooser::end() {
  if (measured_) budget_->end_chunk();
}

}  // namespace svg::learn
