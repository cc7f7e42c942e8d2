// The flags that mean the same in every executable, and what they resolve to.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "libcore/base/context.h"
#include "libcore/base/log.h"
#include "tools/common/tool_main.h"

namespace svg::tools {

// --dtype
enum class DtypeFlag { Auto, Fp32, Bf16, Fp16 };
constexpr auto names_of(DtypeFlag) {
  return std::to_array<EnumName<DtypeFlag>>({{DtypeFlag::Auto, "auto"},
                                             {DtypeFlag::Fp32, "fp32"},
                                             {DtypeFlag::Bf16, "bf16"},
                                             {DtypeFlag::Fp16, "fp16"}});
}

// --progress
enum class ProgressFlag { Auto, Always, Never };
constexpr auto names_of(ProgressFlag) {
  return std::to_array<EnumName<ProgressFlag>>({{ProgressFlag::Auto, "auto"},
                                                {ProgressFlag::Always, "always"},
                                                {ProgressFlag::Never, "never"}});
}

// --log-format
enum class LogFormat { Text, Json };
constexpr auto names_of(LogFormat) {
  return std::to_array<EnumName<LogFormat>>({{LogFormat::Text, "text"}, {LogFormat::Json, "json"}});
}

struct SharedFlags {
  std::string device = "auto", log_level = "info";
  DtypeFlag dtype = DtypeFlag::Auto;
  ProgressFlag progress = ProgressFlag::Auto;
  LogFormat log_format = LogFormat::Text;
  int threads = 0;
  uint64_t seed = 0;
  bool deterministic = false, print_config = false;
  int quiet = 0, verbose = 0;

  LogLevel level() const;  // --log-level moved by -q and -v
};

void add_shared_flags(CLI::App& app, SharedFlags& flags, const ToolInfo& info);

// "auto" settled: device (torch_library.h), dtype fp32 on a CPU and bf16 on a GPU, threads = the
// cores this process may use. Throws Error{Unavailable} if --device cuda is asked for and not
// there.
Context resolve(const SharedFlags& flags, const ToolInfo& info);

}  // namespace svg::tools
