#include "tools/common/shared_flags.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <string_view>
#include <thread>

#include "tools/common/setting_flags.h"
#include "tools/common/torch_library.h"

namespace svg::tools {
namespace {

// Cores this process may use: its affinity mask (which hardware_concurrency respects), and the
// share a container leaves.
int usable_cores() {
  int cores = std::max(1u, std::thread::hardware_concurrency());
  std::ifstream limit("/sys/fs/cgroup/cpu.max");  // "<quota|max> <period>", microseconds
  double quota = 0, period = 0;
  if (limit >> quota >> period && quota > 0 && period > 0)
    cores = std::min(cores, std::max(1, int(quota / period + 0.5)));
  return cores;
}

std::string device_name(std::string& value) {
  static const std::regex known("auto|cpu|cuda(:[0-9]{1,3})?");
  return std::regex_match(value, known) ? ""
                                        : "expected auto, cpu, cuda or cuda:N, got '" + value + "'";
}

// Some editors begin a file with a byte order mark; CLI11 would take it for a part of the first
// key.
class ConfigFile : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& in) const override {
    char mark[3] = {};
    in.read(mark, sizeof mark);
    if (std::string_view(mark, sizeof mark) != "\xEF\xBB\xBF") {
      in.clear();
      in.seekg(0);
    }
    return CLI::ConfigTOML::from_config(in);
  }
};

Precision precision_of(DtypeFlag flag, bool gpu) {
  switch (flag) {
    case DtypeFlag::Auto:
      return gpu ? Precision::Bf16 : Precision::Fp32;
    case DtypeFlag::Fp32:
      return Precision::Fp32;
    case DtypeFlag::Bf16:
      return Precision::Bf16;
    case DtypeFlag::Fp16:
      return Precision::Fp16;
  }
  fail(ErrorKind::Internal, "a --dtype without a precision");
}

}  // namespace

LogLevel SharedFlags::level() const {
  const int level = static_cast<int>(log_level_from(log_level)) + quiet - verbose;
  return static_cast<LogLevel>(
      std::clamp(level, static_cast<int>(LogLevel::Trace), static_cast<int>(LogLevel::Off)));
}

void add_shared_flags(CLI::App& app, SharedFlags& flags, const ToolInfo& info) {
  const std::string group = "Shared";
  if (info.device) {
    app.add_option("--device", flags.device, "Where to compute: auto, cpu, cuda or cuda:N")
        ->check(CLI::Validator(device_name, "DEVICE"))
        ->option_text("DEVICE [auto]")
        ->group(group);
    add_setting(app, Setting("dtype", flags.dtype,
                             "Precision of computing: auto is fp32 on a CPU, bf16 on a GPU"))
        ->group(group);
    app.add_option("--threads", flags.threads,
                   "Threads for computing; 0: all cores this process may use")
        ->check(CLI::Range(0, 1024))
        ->option_text("N [0]")
        ->group(group);
    app.add_flag("--deterministic", flags.deterministic,
                 "Same bytes on every run on a GPU too, at some cost in speed")
        ->group(group);
  }
  if (info.seed)
    app.add_option("--seed", flags.seed, "Seed of every random draw")
        ->option_text("N [0]")
        ->group(group);
  if (info.progress)
    add_setting(app,
                Setting("progress", flags.progress,
                        "Meter on standard error; auto: on a terminal, else a line every 30 s"))
        ->group(group);
  app.add_option("--log-level", flags.log_level, "Minimum severity to log")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->envname("SVG_LOG")
      ->option_text("trace|debug|info|warn|error|off [info] (Env:SVG_LOG)")
      ->group(group);
  app.add_flag("-q", flags.quiet, "Fewer messages; may be repeated")
      ->configurable(false)
      ->group(group);
  app.add_flag("-v", flags.verbose, "More messages; may be repeated")
      ->configurable(false)
      ->group(group);
  add_setting(
      app, Setting("log_format", flags.log_format, "Messages as text or as one JSON object a line"))
      ->group(group);
  app.config_formatter(std::make_shared<ConfigFile>());
  app.set_config("--config", "",
                 "Read settings from a TOML file (key = long flag); may be repeated, later files "
                 "override earlier ones and flags override files")
      ->expected(1, 1000)
      ->allow_extra_args(false)
      ->option_text("FILE")
      ->group(group);
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_flag("--print-config", flags.print_config, "Print all settings in that form and exit")
      ->configurable(false)
      ->group(group);
}

Context resolve(const SharedFlags& flags, const ToolInfo& info) {
  Context context;
  context.tool = info.name;
  if (info.device) {
    context.threads = flags.threads > 0 ? flags.threads : usable_cores();
    context.device = resolve_device(flags.device, context.threads);
    const bool gpu = context.device != "cpu";
    context.dtype = precision_of(flags.dtype, gpu);
    context.deterministic = flags.deterministic;
  }
  context.seed = flags.seed;
  if (info.progress && flags.progress != ProgressFlag::Never) {
    const bool meter = flags.progress == ProgressFlag::Always ||
                       (isatty(STDERR_FILENO) && flags.log_format == LogFormat::Text);
    const bool quiet = flags.level() > LogLevel::Info && flags.progress == ProgressFlag::Auto;
    context.progress = quiet   ? ProgressStyle::Silent
                       : meter ? ProgressStyle::Meter
                               : ProgressStyle::Lines;
  }
  return context;
}

}  // namespace svg::tools
