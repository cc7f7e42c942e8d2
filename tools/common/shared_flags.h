// The flags that mean the same in every executable, and what they resolve to.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "libcore/base/context.h"
#include "libcore/base/log.h"
#include "tools/common/tool_main.h"

namespace svg::tools {

struct SharedFlags {
  std::string device = "auto", dtype = "auto", progress = "auto", log_level = "info",
              log_format = "text";
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
