// What of a machine's memory a run will take, before anything is loaded: a sum of parts, whether it
// fits, and what would take less. The parts are found in slow/training_footprint.h and
// episode/episode_footprint.h. README.md of test/bench has predicted and measured figures side by
// side.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/base/json.h"
#include "libcore/footprint/estimate_target.h"
#include "libcore/nn/checkpointing.h"

namespace svg::footprint {

struct Footprint {
  std::string device;                                  // as in Context
  ordered_json setting;                                // what was predicted
  std::vector<std::pair<std::string, int64_t>> parts;  // bytes, by what they are for
  int64_t available = 0;            // bytes that the device has, or that were given
  std::vector<std::string> advice;  // flags of the tool that would take less and are not given yet

  int64_t total() const;
  bool fits() const { return total() <= available; }
};

// Puts behind the parts what every footprint ends with: what allocators hold beside `activations`,
// the program itself, and what there is.
void add_surroundings(Footprint&, int64_t activations, nn::Checkpointing checkpointing,
                      const EstimateTarget&, const Context&);

// Whether the prediction is for a GPU: the one of this run, or one that need not be here.
bool on_gpu(const EstimateTarget&, const Context&);

// Throws Error{System} with one line that says what is missing, and the advice.
void check_fits(const Footprint&);

ordered_json to_json(const Footprint&);
// A table for people, and whether it fits.
std::string text_of(const Footprint&);

// Bytes of "80G", "512M", "1.5T" (powers of 1024). Throws Error{Usage}.
int64_t parse_bytes(const std::string& text);

}  // namespace svg::footprint
