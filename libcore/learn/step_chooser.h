// Whether a chunk gets one more gradient step: as many as the settings say, as a budget of time allows, or as another run made.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "libcore/learn/fast_settings.h"
#include "libcore/learn/step_budget.h"

namespace svg::learn {

class StepChooser {
 public:
  // `replay` is a memory, DIR or DIR@ID: each chunk gets the steps that it has there, and no time is measured. Empty: none.
  // Throws Error{NoInput, Data, Usage}.
  StepChooser(const FastSettings&, const std::string& replay);

  // `sampling_sec`: what the chunk took; nothing for one that was given. A share of sampling does not bound the learning of those.
  // Throws Error{Config} where the replayed memory did not learn the chunk.
  void begin(int64_t chunk, std::optional<double> sampling_sec);
  // After `made` steps of this chunk. The settings' own number comes on top.
  bool allows(int64_t made);
  void end();

 private:
  std::string replay_;
  std::map<int64_t, int64_t> replayed_;  // chunk -> steps
  std::optional<StepBudget> budget_;
  bool share_ = false;
  int64_t steps_ = 0;       // of this chunk, where it is replayed
  bool measured_ = false;  // whether the budget bounds this chunk
};

}  // namespace svg::learn
