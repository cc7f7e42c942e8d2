#include "tools/common/setting_flags.h"

namespace svg::tools {

namespace {

// "N [50]"
std::string option_text(const Setting& setting) {
  const auto kind = kind_of(setting), standard = text_of(setting);
  return kind + (standard.empty() ? "" : " [" + standard + "]");
}

template <class Take>
CLI::Option* add_flag_of(CLI::App& app, const Setting& setting, Take take) {
  if (std::holds_alternative<bool*>(setting.value)) {
    return app.add_flag_function(
        setting.flag, [take](int64_t count) { take(count > 0 ? "true" : "false"); }, setting.help);
  }
  return app.add_option_function<std::string>(setting.flag, take, setting.help)
      ->type_name(kind_of(setting))
      ->option_text(option_text(setting));
}

}  // namespace

CLI::Option* add_setting(CLI::App& app, const Setting& setting) {
  auto* option = add_flag_of(app, setting,
                             [setting](const std::string& text) { set_from_text(setting, text); });
  // --print-config shows it.
  if (!std::holds_alternative<bool*>(setting.value)) option->default_str(text_of(setting));
  return option;
}

void add_settings(CLI::App& app, const std::vector<Setting>& settings) {
  for (const auto& setting : settings) add_setting(app, setting);
}

void add_overrides(CLI::App& app, const std::vector<Setting>& settings, ordered_json& given,
                   const std::string& part, const std::shared_ptr<void>& owner) {
  for (const auto& setting : settings) {
    add_flag_of(app, setting, [setting, &given, part, owner](const std::string& text) {
      set_from_text(setting, text);
      (part.empty() ? given : given[part])[setting.key] = json_of(setting);
    });
  }
}

}  // namespace svg::tools
