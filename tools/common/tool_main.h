// The main of every executable: flags (own and shared), --config, log, signals, errors to exit
// codes, a checked end of standard output. A tool is a struct of options, add_options, run, and
//   int main(int argc, char** argv) { return svg::tools::tool_main<Options>(argc, argv, kTool,
//   add_options, run); }
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "libcore/base/context.h"
#include "libcore/session/report.h"

namespace svg::tools {

struct ToolInfo {
  const char* name;         // as typed: svg-decode
  const char* summary;      // one sentence: what goes in, what comes out
  const char* footer = "";  // examples, special exit codes, see also
  // Which shared flags it has; --config, --print-config, --log-level, -q, -v, --log-format, --help
  // and
  // --version always.
  bool device = false;    // --device, --dtype, --threads, --deterministic
  bool seed = false;      // --seed
  bool progress = false;  // --progress
};

// `run` returns the exit code (0, or 1 for "the answer is no") and throws svg::Error for everything
// else. Subcommands: app.add_subcommand(...); they take the shared flags too. Set positionals and
// options through `app`.
int run_tool(int argc, char** argv, const ToolInfo& info,
             const std::function<void(CLI::App&)>& add_options,
             const std::function<int(Context&)>& run);

// Options::validate() is called before `run` where it exists; it throws Error{Usage}.
template <class Options>
int tool_main(int argc, char** argv, const ToolInfo& info, void (*add_options)(CLI::App&, Options&),
              int (*run)(const Options&, Context&)) {
  Options options;
  return run_tool(
      argc, argv, info, [&](CLI::App& app) { add_options(app, options); },
      [&](Context& context) {
        if constexpr (requires { options.validate(); }) options.validate();
        return run(options, context);
      });
}

// For outputs that are no text. Throws Error{Usage} if `output` is "-" and standard output is a
// terminal.
void refuse_terminal(const std::string& output);

// The result of a session on standard output. Returns its exit code.
int print(const session::Report&, bool as_json);

}  // namespace svg::tools
