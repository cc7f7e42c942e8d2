// Talk on standard error. log.cpp alone sees spdlog, whose fmt clashes with the headers of torch.
#pragma once
#include <string>

namespace svg {

enum class LogLevel { Trace, Debug, Info, Warn, Error, Off };

// Lines read `tool: level: message`, or, with `json`, one object {ts, tool, pid, level, msg}. Call
// once, from main.
void log_configure(const std::string& tool, LogLevel level, bool json);
bool log_enabled(LogLevel level);
void log_message(LogLevel level, const std::string& message);

inline void log_debug(const std::string& m) {
  log_message(LogLevel::Debug, m);
}
inline void log_info(const std::string& m) {
  log_message(LogLevel::Info, m);
}
inline void log_warn(const std::string& m) {
  log_message(LogLevel::Warn, m);
}
inline void log_error(const std::string& m) {
  log_message(LogLevel::Error, m);
}

// Throws Error{Usage} for anything but trace, debug, info, warn, error, off.
LogLevel log_level_from(const std::string& name);

}  // namespace svg
