// What memory a run will take, before anything is loaded: a sum of parts, whether it fits, and what
// would take less. The parts are found in training_plan.h and episode_plan.h. README.md of
// test/bench has predicted and measured figures side by side.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/base/json.h"
#include "libcore/footprint/estimate_settings.h"

namespace svg::footprint {

struct MemoryPlan {
  std::string device;                                  // as in Context
  ordered_json setting;                                // what was planned
  std::vector<std::pair<std::string, int64_t>> parts;  // bytes, by what they are for
  int64_t available = 0;            // bytes that the device has, or that were given
  std::vector<std::string> advice;  // flags of the tool that would take less and are not given yet

  int64_t total() const;
  bool fits() const { return total() <= available; }
};

// Puts what every plan ends with behind its parts: what allocators hold beside `activations`, the
// program itself, and what there is.
void add_surroundings(MemoryPlan&, int64_t activations, const std::string& checkpointing,
                      const PlanFlags&, const Context&);

// Whether what is planned for is a GPU: the one of this run, or one of --plan-memory that need not
// be here.
bool on_gpu(const PlanFlags&, const Context&);

// Throws Error{System} with one line that says what is missing, and the advice.
void check_fits(const MemoryPlan&);

// --plan: prints the table, or JSON; 0 where it fits, 1 where it does not.
int print_plan(const MemoryPlan&, bool as_json);

// Bytes of "80G", "512M", "1.5T" (powers of 1024). Throws Error{Usage}.
int64_t parse_bytes(const std::string& text);

}  // namespace svg::footprint
