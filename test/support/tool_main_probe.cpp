// An executable that does nothing but fail as told: test/cli/tool_main drives tools/common through
// it.
#include <csignal>
#include <iostream>
#include <new>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"
#include "tools/common/tool_main.h"

namespace {

struct Options {
  std::string mode, text = "none";
  int count = 3;
};

constexpr svg::tools::ToolInfo kTool{.name = "tool_main_probe",
                                     .summary = "Ends in the way that MODE names.",
                                     .device = true,
                                     .seed = true,
                                     .progress = true};

void add_options(CLI::App& app, Options& o) {
  app.add_option("mode", o.mode, "How to end")->required();
  app.add_option("--text-value", o.text, "Some text");
  app.add_option("--count", o.count, "Some number");
}

int run(const Options& o, svg::Context& context) {
  using svg::ErrorKind;
  if (o.mode == "done")
    std::cout << o.text << " " << o.count << " " << context.seed << " " << context.device << "\n";
  if (o.mode == "no") return 1;
  if (o.mode == "data") svg::fail(ErrorKind::Data, "file x: byte 3: expected 1");
  if (o.mode == "usage") svg::fail(ErrorKind::Usage, "--count must be even");
  if (o.mode == "memory") throw std::bad_alloc();
  if (o.mode == "bug") throw std::runtime_error("first line\nsecond line");
  if (o.mode == "pipe") throw svg::BrokenPipe{};
  if (o.mode == "interrupt") {
    std::raise(SIGTERM);
    svg::throw_if_stopped();
  }
  if (o.mode == "flood")
    for (int i = 0; i < 1000000; ++i) std::cout << "a line of output\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
