// The settings of a run of episodes. Torch-free.
#pragma once
#include <cstdint>
#include <vector>

#include "formats/model/model_directory.h"
#include "libcore/base/settings.h"
#include "libcore/diffusion/sampling_options.h"
#include "libcore/fast/fast_settings.h"

namespace svg::episode {

struct RunSettings {
  int64_t past = 16, future = 16;
  SamplingOptions sampling;
  fast::FastSettings fast;
  bool use_fast = true;
  uint64_t seed = 0;
};

// Windows and the sampler. `fast` has a list of its own; seed and use_fast are no model's.
std::vector<Setting> settings_of(RunSettings&);
ordered_json to_json(const RunSettings&);

// The settings of a model: its svg.json over our defaults, and over both `given`, what the user
// set, in the form of svg.json: {"steps": 20, "fast": {"rank": 8}}. Throws Error{Data} for unknown
// keys and wrong types, Error{Usage} for values outside of their limits. Where memories start is
// found (fast/start_file.h), with its errors.
RunSettings run_settings_of(const formats::ModelDirectory&,
                            const ordered_json& given = ordered_json::object());

}  // namespace svg::episode
