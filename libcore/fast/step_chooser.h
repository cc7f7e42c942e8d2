// Whether a chunk gets one more gradient step: as many as the settings say, as a budget of time
// allows, or as another run made.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "formats/memory/memory.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/fast/fast_settings.h"
#include "libcore/fast/step_budget.h"

namespace svg::fast {

// Makes as many steps as the revision records, and looks at the chunk if that was done, too.
StepGate gate_as_learned(const formats::Revision&);

class StepChooser {
 public:
  // `replay` is the memory, DIR or DIR@ID, of a run with this budget: each chunk gets the steps
  // that it has there, and no time is measured. Empty: none. Throws Error{NoInput, Data, Usage}.
  StepChooser(const FastSettings&, const std::string& replay);

  // The gate of the chunk that is learned next. `sampling_sec`: what it took; nothing where that is
  // not known, as for a chunk that was given: a share of sampling does not bound the learning of
  // those. Throws Error{Config} where the replayed memory did not learn the chunk, or in more steps
  // than the settings allow.
  StepGate begin(const std::string& episode, int64_t chunk, std::optional<double> sampling_sec);
  // All of it is learned and stored.
  void end();

 private:
  StepGate replayed_gate(const std::string& episode, int64_t chunk) const;

  int64_t most_;
  std::string replay_;
  std::map<std::pair<std::string, int64_t>, formats::Revision> replayed_;  // episode, chunk
  std::optional<StepBudget> budget_;
  bool share_ = false;
  bool measured_ = false;  // whether the budget bounds this chunk
};

}  // namespace svg::fast
