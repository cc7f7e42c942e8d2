// Flags made from lists of settings (libcore/base/settings.h): name, help, what they take, default
// and check come from there.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libcore/base/settings.h"

namespace svg::tools {

// A flag that sets the member itself, whose value now is the default.
CLI::Option* add_setting(CLI::App& app, const Setting& setting);
void add_settings(CLI::App& app, const std::vector<Setting>& settings);

// Flags that note in `given` what the user set, as JSON under the setting's key, or under
// given[part] where a part is named: for settings whose defaults are a model's own. What --help
// shows are the defaults of a model that has none. `owner` is what the settings are bound to.
void add_overrides(CLI::App& app, const std::vector<Setting>& settings, ordered_json& given,
                   const std::string& part, const std::shared_ptr<void>& owner);

}  // namespace svg::tools
