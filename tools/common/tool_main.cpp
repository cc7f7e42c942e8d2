#include "tools/common/tool_main.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <numeric>
#include <sstream>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/mapped_files.h"
#include "libcore/base/printable.h"
#include "libcore/base/signals.h"
#include "tools/common/shared_flags.h"
#include "tools/common/standard_output.h"
#include "tools/common/torch_library.h"
#include "tools/common/version.h"

namespace svg::tools {
namespace {

std::string first_line(const char* text) {
  return std::string(text, std::strcspn(text, "\n"));
}

[[noreturn]] void die_of(int signal_number) {
  std::signal(signal_number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal_number);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  raise(signal_number);
  _exit(128 + signal_number);
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

// "; did you mean --model?" for the nearest long flag of the (sub)command, or nothing.
std::string suggestion(const CLI::App& app, const std::string& typed) {
  const std::string name = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
  std::string best;
  size_t distance = 3;
  auto look = [&](const CLI::App& level) {
    for (const CLI::Option* option : level.get_options())
      for (const auto& known : option->get_lnames())
        if (const size_t d = edit_distance(name, known); d < distance) distance = d, best = known;
  };
  look(app);
  for (const CLI::App* sub : app.get_subcommands()) look(*sub);
  return best.empty() ? "" : "; did you mean --" + best + "?";
}

std::string describe(const CLI::ParseError& error, const CLI::App& app) {
  // An unknown flag is named before a missing one: the two are often the same mistake.
  for (const auto& extra : app.remaining(true))
    if (extra.size() > 1 && extra[0] == '-') {
      const std::string flag = extra.substr(0, extra.find('='));
      return "unknown flag " + flag + suggestion(app, flag);
    }
  if (const auto* config = dynamic_cast<const CLI::ConfigError*>(&error)) {
    const std::string text = first_line(config->what()), key = text.substr(text.rfind(' ') + 1);
    return text.starts_with("INI was not able to parse ")
               ? "--config: unknown key " + key + suggestion(app, key)
               : text;
  }
  return first_line(error.what());
}

// strtoull, which CLI11 reads unsigned numbers with, makes 18446744073709551615 of -1.
void refuse_negative_numbers(CLI::App& app) {
  const CLI::Validator whole(
      [](std::string& text) {
        return text.starts_with('-') ? "expected a whole number from 0 on, got " + text : "";
      },
      "");
  for (CLI::Option* option : app.get_options())
    if (option->get_type_name() == "UINT") option->check(whole);
  for (CLI::App* sub : app.get_subcommands({})) refuse_negative_numbers(*sub);
}

int usage_error(const ToolInfo& info, const CLI::App& app, const std::string& message,
                int code = 64) {
  const CLI::App* shown = &app;
  std::string name = info.name;
  while (!shown->get_subcommands().empty()) {
    shown = shown->get_subcommands().back();
    name += " " + shown->get_name();
  }
  std::string usage = CLI::Formatter().make_usage(shown, name);
  usage.resize(usage.find_last_not_of('\n') + 1);
  usage.replace(0, 1, "u");
  std::fprintf(stderr, "%s: error: %s\n%s\ntry %s --help\n", info.name, printable(message).c_str(),
               usage.c_str(), name.c_str());
  return code;
}

// Runs `body`, and turns what it throws into an exit code and one line on standard error.
int guarded(const ToolInfo& info, const CLI::App& app, const std::function<int()>& body) {
  try {
    return body();
  } catch (const BrokenPipe&) {
    die_of(SIGPIPE);
  } catch (const Interrupted&) {
    clear_progress_meter();
    die_of(stop_signal());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Usage) return usage_error(info, app, error.what());
    // A stop that was saved is no fault.
    log_message(error.kind() == ErrorKind::Stopped ? LogLevel::Warn : LogLevel::Error,
                error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    log_error("out of memory: use a smaller batch or frame size, or a machine with more");
    return static_cast<int>(ErrorKind::System);
  } catch (const std::filesystem::filesystem_error& error) {  // a path that cannot be followed
    log_error(cat("cannot open ", error.path1().string(), ": ", error.code().message()));
    return static_cast<int>(ErrorKind::NoInput);
  } catch (const std::exception& error) {
    log_error("internal error: " + (log_enabled(LogLevel::Debug) ? std::string(error.what())
                                                                 : first_line(error.what())));
    return static_cast<int>(ErrorKind::Internal);
  }
}

char g_bus_message[64];
constexpr char kBusReason[] = " became shorter, or could not be read, while it was in use\n";
size_t g_bus_length = 0;

// Weights are read as mapped files: one that is made shorter meanwhile ends here. Nothing but
// write() and _exit() may be called.
[[noreturn]] void end_of_mapped_file(int, siginfo_t* info, void*) {
  const auto say = [](const char* text, size_t length) {
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text, length);
  };
  const char* path = mapped_file_at(info->si_addr);
  if (path == nullptr) path = "a file";
  say(g_bus_message, g_bus_length);
  say(path, std::strlen(path));
  say(kBusReason, sizeof kBusReason - 1);
  _exit(static_cast<int>(ErrorKind::Io));
}

void install_bus_handler(const char* tool) {
  g_bus_length =
      static_cast<size_t>(std::snprintf(g_bus_message, sizeof g_bus_message, "%s: error: ", tool));
  struct sigaction action {};
  action.sa_sigaction = end_of_mapped_file;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

[[noreturn]] void leave(int code) {
  if (torch_loaded()) std::quick_exit(code);
  std::exit(code);
}

}  // namespace

int run_tool(int argc, char** argv, const ToolInfo& info,
             const std::function<void(CLI::App&)>& add_options,
             const std::function<int(Context&)>& run) {
  log_configure(info.name, LogLevel::Info, false);
  install_stop_handlers();
  install_bus_handler(info.name);
  install_standard_output();
  CLI::App app(info.summary, info.name);
  app.footer(info.footer);
  app.fallthrough();  // shared flags may follow a subcommand
  app.get_formatter()->column_width(34);
  app.option_defaults()->always_capture_default();
  app.set_help_flag("-h,--help", "Print this help and exit");
  const bool json = std::any_of(argv, argv + argc,
                                [](const char* arg) { return std::strcmp(arg, "--json") == 0; });
  app.set_version_flag(
      "--version", [&] { return version_text(info.name, json); },
      "Print the version and exit; with --json, all about this build");
  SharedFlags flags;
  add_options(app);
  add_shared_flags(app, flags, info);
  refuse_negative_numbers(app);

  const int code = guarded(info, app, [&] {
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& done) {  // --help, --version: printed by CLI11
      return app.exit(done);
    } catch (const CLI::FileError& error) {
      return usage_error(info, app, first_line(error.what()), static_cast<int>(ErrorKind::NoInput));
    } catch (const CLI::ParseError& error) {
      return usage_error(info, app, describe(error, app));
    }
    log_configure(info.name, flags.level(), flags.log_format == LogFormat::Json);
    const std::string settings = app.config_to_str(true, flags.print_config);
    if (flags.print_config) {
      std::cout << settings;
      return 0;
    }
    std::istringstream lines(settings);
    for (std::string line; log_enabled(LogLevel::Debug) && std::getline(lines, line);)
      log_debug("setting " + line);
    Context context = resolve(flags, info);
    return run(context);
  });
  clear_progress_meter();
  leave(guarded(info, app, [&] {
    close_standard_output();
    return code;
  }));
}

void refuse_terminal(const std::string& output) {
  require(output != "-" || !isatty(STDOUT_FILENO), ErrorKind::Usage,
          "the output is binary and standard output is a terminal: redirect it, pipe it, or give "
          "-o FILE");
}

int print(const session::Report& report, bool as_json) {
  if (!report.text.empty())
    std::cout << (as_json ? report.json.dump() + "\n" : report.text) << std::flush;
  return report.exit_code;
}

}  // namespace svg::tools
