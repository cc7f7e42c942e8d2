// Flags that mean the same wherever chunks are made and learned.
#pragma once
#include <CLI/CLI.hpp>

#include "libcore/episode/run_flags.h"
#include "libcore/session/estimate.h"

namespace svg::tools {

// --lora, as often as there are some.
void add_lora_option(CLI::App& app, episode::RunFlags& flags);
// --past to --guidance: windows and the sampler.
void add_sampling_options(CLI::App& app, episode::RunFlags& flags);
// --fast-* and --lora-targets.
void add_fast_options(CLI::App& app, fast::FastFlags& flags);
// --checkpoint-activations: memory of a learning step, slow or fast.
void add_checkpoint_option(CLI::App& app, std::string& mode);
// --estimate, --estimate-size, --estimate-memory. `default_size` says whose frames count where no
// size is given.
void add_estimate_flags(CLI::App& app, session::EstimateOptions& options,
                        const std::string& default_size);
// The same and --json, for an executable that has no other JSON.
void add_estimate_options(CLI::App& app, session::EstimateOptions& options,
                          const std::string& default_size);
// What of these makes no sense without --estimate, and --json where nothing else is JSON. Throws
// Error{Usage}.
void check_estimate(const session::EstimateOptions&, bool json_is_of_estimate = true);
// --fast-budget and --fast-replay: steps from the time that they take; --checkpoint-activations.
void add_step_options(CLI::App& app, episode::RunFlags& flags);

}  // namespace svg::tools
