// Flags that mean the same wherever chunks are made and learned.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "libcore/session/estimate.h"
#include "libcore/session/run_options.h"

namespace svg::tools {

// --lora, as often as there are some.
void add_lora_option(CLI::App& app, session::RunOptions& options);
// --past to --guidance: windows and the sampler. `keys`: only these of them.
void add_sampling_options(CLI::App& app, session::RunOptions& options,
                          const std::vector<std::string>& keys = {});
// --fast-* and --lora-targets, all of fast::settings_of but `left_out`.
void add_fast_options(CLI::App& app, session::RunOptions& options,
                      const std::vector<std::string>& left_out = {});
// --checkpoint-activations, memory of a learning step, and --fast-replay, the steps of another run.
void add_learning_options(CLI::App& app, session::RunOptions& options);
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

}  // namespace svg::tools
