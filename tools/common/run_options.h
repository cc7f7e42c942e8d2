// Flags that mean the same wherever chunks are made and learned.
#pragma once
#include <CLI/CLI.hpp>

#include "libcore/episode/run_flags.h"
#include "libcore/footprint/estimate_settings.h"

namespace svg::tools {

// --lora, as often as there are some.
void add_lora_option(CLI::App& app, episode::RunFlags& flags);
// --past to --guidance: windows and the sampler.
void add_sampling_options(CLI::App& app, episode::RunFlags& flags);
// --fast-* and --lora-targets.
void add_fast_options(CLI::App& app, fast::FastFlags& flags);
// --checkpoint-activations: memory of a learning step, slow or fast.
void add_checkpoint_option(CLI::App& app, std::string& mode);
// --plan, --plan-size, --plan-memory. `default_size` says whose frames are planned for where no
// size is given. Returns --plan.
CLI::Option* add_plan_flags(CLI::App& app, footprint::PlanFlags& flags,
                            const std::string& default_size);
// The same and --json, for an executable that has no other JSON.
void add_plan_options(CLI::App& app, footprint::PlanFlags& flags, const std::string& default_size);
// --fast-budget and --fast-replay: steps from the time that they take; --checkpoint-activations.
void add_step_options(CLI::App& app, episode::RunFlags& flags);

}  // namespace svg::tools
