// svg-eval: measures. `revisit`: a table that tells memory from luck. `compare`: what one of those
// has more than another. Results go to the folder -o (episodes.jsonl, table.json), the table to
// standard output. Exit 75: stopped, --resume goes on. See also: svg-generate, svg-world.
#include "libcore/session/eval_compare.h"
#include "libcore/session/eval_revisit.h"
#include "tools/common/run_options.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

struct Options {
  svg::session::RevisitOptions revisit;
  svg::session::CompareOptions compare;
  CLI::App* comparing = nullptr;
};

const svg::tools::ToolInfo kTool = {
    .name = "svg-eval",
    .summary = "Measure a model on held-out episodes.",
    .footer =
        "Example:\n"
        "  svg-eval revisit --model M --episodes 32 -o results\n"
        "  svg-eval compare results other-settings\n"
        "Every row has the same episodes, sentences and noise. Exit 75: stopped; the same command "
        "with --resume goes on.",
    .device = true,
    .seed = true,
};

void add_options(CLI::App& app, Options& options) {
  app.require_subcommand(1);
  auto& revisit = *app.add_subcommand(
      "revisit", "Does a place that has left the context window come back as it was?");
  auto& o = options.revisit;
  revisit.add_option("--model", o.model, "Model directory")->required();
  revisit.add_option("-o,--output", o.output, "Folder of the results")->required();
  revisit.add_option("--scripts", o.scripts, "Comma-separated: turn-around, out-and-back, spin")
      ->delimiter(',')
      ->capture_default_str();
  revisit
      .add_option("--rows", o.rows,
                  "Comma-separated: truth, none, temp-lora, reset, swapped, paper")
      ->delimiter(',')
      ->capture_default_str();
  revisit.add_option("--episodes", o.episodes, "Episodes of each script")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  revisit
      .add_option("--chunks", o.chunks,
                  "Chunks of an episode, the given ones included (default: up to the first return)")
      ->check(CLI::PositiveNumber);
  revisit.add_option("--batch", o.batch, "Episodes per batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  revisit.add_option("--split", o.split, "Data set split: train, val, test or ood")
      ->capture_default_str();
  revisit.add_option("--profile", o.profile, "World profile: tiny, small, view or full")
      ->capture_default_str();
  svg::tools::add_lora_option(revisit, o.run);
  svg::tools::add_sampling_options(revisit, o.run);
  revisit.add_flag("--learn-return", o.learn_return,
                   "Go on learning while the way back is generated");
  revisit.add_option("--sheet", o.sheet, "Write a PNG of the way back, two episodes per row");
  revisit.add_flag("--json", o.json, "The table as JSON");
  revisit.add_flag("--resume", o.resume, "Go on where the results in -o end");
  revisit.add_flag("--force", o.force, "Replace the results in -o");
  // Its episodes learn in step, whatever time that takes.
  svg::tools::add_fast_options(revisit, o.run, {"budget"});

  auto& compare = *app.add_subcommand(
      "compare", "Differences of results from the first of them, paired by episode");
  compare
      .add_option("RESULTS", options.compare.results,
                  "Folders that svg-eval revisit wrote, of the same episodes")
      ->required()
      ->expected(2, 1000);
  compare.add_option("--row", options.compare.row,
                     "Row of each (default: its only one, else temp-lora)");
  compare.add_flag("--json", options.compare.json, "The table as JSON");
  options.comparing = &compare;
}

int run(const Options& o, svg::Context& context) {
  if (o.comparing->parsed())
    return svg::tools::print(svg::tools::run_session(o.compare, context), o.compare.json);
  return svg::tools::print(svg::tools::run_session(o.revisit, context), o.revisit.json);
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
