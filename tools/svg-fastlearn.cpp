// svg-fastlearn: learns a stream that exists, generated or encoded from a video, into a memory,
// chunk by chunk. Reads a latent stream (standard input), prints the loss of each chunk before and
// after. Exit 71: a GPU is too small; 75: stopped, --resume goes on. See also: svg-encode,
// svg-generate, svg-memory.
#include "libcore/session/fastlearn.h"

#include "libcore/base/error.h"
#include "tools/common/run_options.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

using svg::session::FastlearnOptions;

const svg::tools::ToolInfo kTool = {
    .name = "svg-fastlearn",
    .summary =
        "Learn a video by heart: a latent stream in, a memory out, a revision for each chunk.",
    .footer =
        "Example:\n"
        "  svg-encode --model M seen.mp4 | svg-fastlearn --model M --memory seen.memory\n"
        "Learning what svg-generate wrote gives the weights that it learned on the way, given the "
        "same seed and settings.\n"
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
                 "Memory directory, created if absent; DIR@ID goes on from revision ID");
  app.add_option("--init", o.init, "LoRA file that a new memory begins with");
  app.add_option("--draws", o.draws,
                 "Noise and timesteps from a latent stream of draws instead of the seed");
  svg::tools::add_lora_option(app, o.run);
  app.add_option("--past", o.run.past, "Clean frames before a chunk (default: the model's)");
  app.add_option("--keep", o.keep, "Revisions whose files stay: all, last or every:N")
      ->capture_default_str();
  app.add_option("--timings", o.timings,
                 "Seconds a chunk, JSON lines (default: timings.jsonl in the memory)");
  app.add_flag("--learn-input", o.learn_input, "Learn chunks whose role is \"input\", too");
  app.add_flag("--salvage", o.salvage, "Accept a stream that was cut off");
  app.add_flag("--resume", o.resume,
               "Go on after a stop: what the same command has learned is not learned again");
  app.add_flag("--json", o.json, "Losses as JSON lines; the plan as JSON");
  auto* learning = app.add_option_group("Fast learning");
  svg::tools::add_fast_options(*learning, o.run.fast);
  svg::tools::add_step_options(*learning, o.run);
  svg::tools::add_plan_flags(*app.add_option_group("Plan"), o.plan,
                             "the input file's, or the model's");
}

int run(const FastlearnOptions& o, svg::Context& context) {
  svg::require(o.plan.plan || !o.memory.empty(), svg::ErrorKind::Usage, "--memory is required");
  return svg::tools::run_session("svg_fastlearn_session", o, context);
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<FastlearnOptions>(argc, argv, kTool, add_options, run);
}
