// What memory a run will take, before anything is loaded: its own code is run once without numbers (MemorySimulation), from the model's
// configurations alone. README.md of test/bench has predicted and measured figures side by side.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "formats/base/context.h"
#include "formats/base/json.h"
#include "libcore/learn/generate_session.h"
#include "libcore/learn/pretrain_session.h"

namespace svg::learn {

struct MemoryPlan {
  std::string device;                                  // as in Context
  ordered_json setting;                                // what was planned
  std::vector<std::pair<std::string, int64_t>> parts;  // bytes, by what they are for
  int64_t available = 0;                               // bytes that the device has, or that were given

  int64_t total() const;
  bool fits() const { return total() <= available; }
};

// One update of slow learning of the UNet on latents of `frame` = [C, h, w].
MemoryPlan plan_training(const PretrainOptions&, at::IntArrayRef frame, const Context&);
// One chunk sampled, and learned, by one episode.
MemoryPlan plan_generation(const GenerateOptions&, at::IntArrayRef frame, const Context&);
// The same for frames of --plan-size, or the model's own.
MemoryPlan plan_generation(const GenerateOptions&, const Context&);

// Throws Error{System} with one line that says what is missing.
void check_fits(const MemoryPlan&);

// --plan: prints the table, or JSON; 0 where it fits, 1 where it does not.
int print_training_plan(const PretrainOptions&, const Context&);
int print_generation_plan(const GenerateOptions&, const Context&);

// Bytes of "80G", "512M", "1.5T" (powers of 1024). Throws Error{Usage}.
int64_t parse_bytes(const std::string& text);

}  // namespace svg::learn
