// One step of a batch of plans on disk: what a stopped run goes on from. A safetensors file whose
// metadata hold the rest as JSON.
#pragma once
#include <string>
#include <vector>

#include "libcore/plan/planner.h"

namespace svg::plan {

struct StoredStep {
  PlannedStep step;
  std::optional<Failure> failure;  // of the episode's environment, by the end of the step
};

void write_step(const std::string& path, const std::vector<StoredStep>& steps);
// Throws Error{Data}.
std::vector<StoredStep> read_step(const std::string& path);

}  // namespace svg::plan
