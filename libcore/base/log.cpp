#include "libcore/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <memory>

#include "libcore/base/error.h"
#include "libcore/base/json.h"
#include "libcore/base/printable.h"
#include "libcore/base/progress.h"

namespace svg {
namespace {

struct Settings {
  std::string tool = "svg";
  LogLevel level = LogLevel::Info;
  bool json = false;
  std::shared_ptr<spdlog::logger> logger;
};

const char* name_of(LogLevel level) {
  static const char* names[] = {"trace", "debug", "info", "warn", "error", "off"};
  return names[static_cast<int>(level)];
}

std::shared_ptr<spdlog::logger> make_logger(const std::string& tool, bool as_json) {
  // NO_COLOR is the convention of https://no-color.org.
  bool plain = std::getenv("NO_COLOR") != nullptr;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
      plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
  auto logger = std::make_shared<spdlog::logger>(tool, sink);
  // Between %^ and %$ stands what a terminal shows in colour: the level.
  logger->set_pattern(as_json ? "%v" : "%n: %^%l%$: %v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  logger->set_error_handler(
      [](const std::string&) {});  // standard error may be gone; nobody is left to tell
  return logger;
}

Settings& settings() {
  static Settings instance{"svg", LogLevel::Info, false, make_logger("svg", false)};
  return instance;
}

std::string timestamp() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  char text[32];
  size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::string millis = std::to_string(now.tv_nsec / 1'000'000);
  return std::string(text, n) + "." + std::string(3 - millis.size(), '0') + millis + "Z";
}

}  // namespace

void log_configure(const std::string& tool, LogLevel level, bool as_json) {
  Settings& s = settings();
  s.tool = tool;
  s.level = level;
  s.json = as_json;
  s.logger = make_logger(tool, as_json);
}

bool log_enabled(LogLevel level) {
  return level != LogLevel::Off && level >= settings().level;
}

void log_message(LogLevel level, const std::string& message) {
  if (!log_enabled(level)) return;
  clear_progress_meter();
  Settings& s = settings();
  clear_progress_meter();
  std::string line = printable(message);
  if (s.json) {
    ordered_json record{{"ts", timestamp()},
                        {"tool", s.tool},
                        {"pid", ::getpid()},
                        {"level", name_of(level)},
                        {"msg", message}};
    line = record.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  s.logger->log(static_cast<spdlog::level::level_enum>(level), spdlog::string_view_t(line));
}

LogLevel log_level_from(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(LogLevel::Off); ++i) {
    if (name == name_of(static_cast<LogLevel>(i))) return static_cast<LogLevel>(i);
  }
  fail(ErrorKind::Usage, "unknown log level \"", name,
       "\": expected trace, debug, info, warn, error or off");
}

}  // namespace svg
