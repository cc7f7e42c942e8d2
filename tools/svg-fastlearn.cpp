// svg-fastlearn: learns a stream that exists, generated or encoded from a video, into a memory,
// chunk by chunk. Reads a latent stream (standard input), prints the loss of each chunk before and
// after. Exit 71: a GPU is too small; 75: stopped, --resume goes on. See also: svg-encode,
// svg-generate, svg-memory.
#include "libcore/session/fastlearn.h"

#include <cmath>
#include <cstdio>
#include <iostream>

#include "libcore/base/error.h"
#include "libcore/base/text_table.h"
#include "tools/common/run_options.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

using namespace svg;
using session::FastlearnOptions;

const svg::tools::ToolInfo kTool = {
    .name = "svg-fastlearn",
    .summary = "Memorize a video: a latent stream in, a memory out, one revision per chunk.",
    .footer =
        "Example:\n"
        "  svg-encode --model M seen.mp4 | svg-fastlearn --model M --memory seen.memory\n"
        "Learning what svg-generate wrote gives the weights that it learned on the way, given the "
        "same seed and settings.\n"
        "Settings in the model's svg.json replace the defaults of --past and fast learning.\n"
        "Exit 71: a GPU is too small for this (predicted before the weights are loaded); 75: "
        "stopped after a chunk; the same command with\n"
        "--resume goes on.",
    .device = true,
    .seed = true,
    .progress = true,
};

void add_options(CLI::App& app, FastlearnOptions& o) {
  app.add_option("input", o.input, "Latent stream of one episode")->capture_default_str();
  app.add_option("--model", o.model, "Model directory")->required();
  app.add_option("--memory", o.memory,
                 "Memory directory, created if absent; DIR@ID continues from revision ID");
  app.add_option("--init", o.init, "LoRA file that a new memory starts from");
  app.add_option("--draws", o.files.draws,
                 "Take noise and timesteps from a latent stream of draws instead of the seed");
  svg::tools::add_lora_option(app, o.run);
  svg::tools::add_sampling_options(app, o.run, {"past"});
  app.add_option("--keep", o.files.keep, "Which revisions keep their files: all, last or every:N")
      ->capture_default_str();
  app.add_option("--timings", o.files.timings,
                 "Write seconds per chunk as JSON lines (default: timings.jsonl in the memory)");
  o.files.learn_input = true;
  const auto learn_input = [&o](bool learn) {
    return [&o, learn](int64_t times) {
      if (times > 0) o.files.learn_input = learn;
    };
  };
  app.add_flag_function("--no-learn-input", learn_input(false),
                        "Leave out chunks whose role is \"input\" (every one of an encoded "
                        "video), as svg-generate does");
  // What is the default by now may still be said.
  app.add_flag_function("--learn-input", learn_input(true))->group("");
  app.add_flag("--salvage", o.files.salvage, "Accept a stream that was cut off");
  app.add_flag("--resume", o.files.resume,
               "Continue after a stop: what the same command has learned is not learned again");
  app.add_flag("--json", o.estimate.json, "Losses as JSON lines; the estimate as JSON");
  auto* learning = app.add_option_group("Fast learning");
  svg::tools::add_fast_options(*learning, o.run);
  svg::tools::add_learning_options(*learning, o.run);
  svg::tools::add_estimate_flags(*app.add_option_group("Estimate"), o.estimate,
                                 "the input file's, or the model's");
}

ordered_json object_of(const session::FastlearnRow& r) {
  const auto number = [](const std::optional<double>& x) {
    return x && std::isfinite(*x) ? ordered_json(*x) : ordered_json(nullptr);
  };
  return {{"revision", r.revision},
          {"chunk", r.chunk},
          {"action", r.action},
          {"loss_before", number(r.loss_before)},
          {"loss_after", number(r.loss_after)},
          {"steps", r.steps},
          {"loss", number(r.steps > 0 ? std::optional(r.loss) : std::nullopt)},
          {"norm", r.norm}};
}

std::string line_of(const session::FastlearnRow& r) {
  char row[128];
  std::snprintf(row, sizeof row, "%8lld %6lld %12s %11s %6lld %9.4f  ",
                static_cast<long long>(r.revision), static_cast<long long>(r.chunk),
                text_of("%.6f", r.loss_before).c_str(), text_of("%.6f", r.loss_after).c_str(),
                static_cast<long long>(r.steps), r.norm);
  return row + r.action;
}

int run(const FastlearnOptions& given, Context& context) {
  auto o = given;
  tools::check_estimate(o.estimate, false);
  require(o.estimate.estimate || !o.memory.empty(), ErrorKind::Usage, "--memory is required");
  bool headed = false;
  o.on_chunk = [&](const session::FastlearnRow& row) {
    if (!headed && !o.estimate.json)
      std::cout << "revision  chunk  loss before  loss after  steps      norm  action\n";
    headed = true;
    std::cout << (o.estimate.json ? object_of(row).dump() : line_of(row)) << "\n" << std::flush;
  };
  return tools::print(tools::run_session(o, context), o.estimate.json);
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<FastlearnOptions>(argc, argv, kTool, add_options, run);
}
