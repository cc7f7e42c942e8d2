#include "tools/common/run_options.h"

#include <type_traits>

#include "libcore/base/error.h"
#include "libcore/episode/run_settings.h"
#include "tools/common/setting_flags.h"

namespace svg::tools {

void add_lora_option(CLI::App& app, session::RunOptions& o) {
  app.add_option("--lora", o.loras,
                 "LoRA of PEFT, diffusers or kohya (a file or a folder) added to the base weights: "
                 "FILE or FILE:SCALE; again for more")
      ->allow_extra_args(false);
}

void add_sampling_options(CLI::App& app, session::RunOptions& o,
                          const std::vector<std::string>& keys) {
  const auto owner = std::make_shared<episode::RunSettings>();
  const auto settings = episode::settings_of(*owner);
  add_overrides(app, keys.empty() ? settings : only(settings, keys), o.settings, "", owner);
}

void add_fast_options(CLI::App& app, session::RunOptions& o,
                      const std::vector<std::string>& left_out) {
  const auto owner = std::make_shared<fast::FastSettings>();
  add_overrides(app, without(fast::settings_of(*owner), left_out), o.settings, "fast", owner);
}

void add_learning_options(CLI::App& app, session::RunOptions& o) {
  add_setting(app,
              Setting("checkpoint_activations", o.checkpoint_activations, nn::kCheckpointingHelp));
  app.add_option("--fast-replay", o.replay,
                 "With --fast-budget: the steps that a run with this budget made, from its memory, "
                 "DIR or DIR@ID");
}

namespace {

// The names of one version ago: not shown, not written by --print-config.
template <class Value>
void add_hidden_alias(CLI::App& app, const char* flag, Value& value) {
  CLI::Option* option = nullptr;
  if constexpr (std::is_same_v<Value, bool>) option = app.add_flag(flag, value);
  else option = app.add_option(flag, value);
  option->group("")->configurable(false);
}

}  // namespace

void add_estimate_flags(CLI::App& app, session::EstimateOptions& o,
                        const std::string& default_size) {
  app.add_flag("--estimate", o.estimate,
               "Print the RAM this would take and whether it fits, load nothing; "
               "exit 0: fits, 1: does not");
  app.add_option("--estimate-size", o.target.size,
                 "Estimate for frames of WIDTHxHEIGHT pixels (default: " + default_size + ")");
  app.add_option("--estimate-memory", o.target.ram,
                 "Estimate for a GPU with this much memory, such as 80G, be it here or not "
                 "(default: what the device has)");
  add_hidden_alias(app, "--plan", o.estimate);
  add_hidden_alias(app, "--plan-size", o.target.size);
  add_hidden_alias(app, "--plan-memory", o.target.ram);
}

void add_estimate_options(CLI::App& app, session::EstimateOptions& o,
                          const std::string& default_size) {
  add_estimate_flags(app, o, default_size);
  app.add_flag("--json", o.json, "The estimate as JSON");
}

void check_estimate(const session::EstimateOptions& o, bool json_is_of_estimate) {
  if (o.estimate) return;
  const char* alone = !o.target.size.empty()          ? "--estimate-size"
                      : !o.target.ram.empty()         ? "--estimate-memory"
                      : json_is_of_estimate && o.json ? "--json"
                                                      : nullptr;
  require(alone == nullptr, ErrorKind::Usage, alone ? alone : "", " requires --estimate");
}

}  // namespace svg::tools
