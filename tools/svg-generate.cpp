// svg-generate: a long episode from its first chunks and a stream of actions, chunk by chunk,
// learning each chunk on the way. Reads a latent stream (standard input), writes a latent stream.
// Exit 65: the input was cut off; 71: a GPU is too small; 75: stopped, --resume goes on. See also:
// svg-encode, svg-decode, svg-memory, svg-eval.
#include "libcore/session/generate.h"

#include "tools/common/run_options.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

using svg::session::GenerateOptions;

const svg::tools::ToolInfo kTool = {
    .name = "svg-generate",
    .summary =
        "Continue an episode: first chunks and actions in, the whole episode out, chunk by chunk, "
        "with a memory that learns on the way.",
    .footer =
        "Example:\n"
        "  svg-encode --model M first.png | svg-generate --model M --actions plan.txt --memory "
        "walk.memory -o walk.latents\n"
        "Settings in the model's svg.json replace the defaults of sampling and fast learning.\n"
        "Exit 71: a GPU is too small for this (predicted before the weights are loaded); 75: "
        "stopped after a whole chunk; the same command\n"
        "with --resume goes on, byte for byte.",
    .device = true,
    .seed = true,
    .progress = true,
};

void add_options(CLI::App& app, GenerateOptions& o) {
  app.add_option("input", o.input, "Latent stream with the first chunks")->capture_default_str();
  app.add_option("--model", o.model, "Model directory")->required();
  app.add_option("--actions", o.actions,
                 "File with one action per line, a chunk each, or JSON lines; - is standard input");
  app.add_option("-o,--output", o.output, "Latent stream to write: the whole episode")
      ->capture_default_str();
  auto* episodes = app.add_option("--episodes", o.episodes,
                                  "Generate many episodes as batches: JSON lines with input, "
                                  "actions (a file or a list), output and memory");
  app.add_option(
         "--batch", o.batch,
         "Episodes per batch at most; 0: all that have the same shape and number of actions")
      ->check(CLI::NonNegativeNumber)
      ->needs(episodes)
      ->capture_default_str();
  svg::tools::add_sampling_options(app, o.run);
  app.add_option("--draws", o.files.draws,
                 "Take noise and timesteps from a latent stream of draws instead of the seed");
  svg::tools::add_lora_option(app, o.run);
  app.add_flag("--only-generated", o.files.only_generated,
               "Leave the input chunks out of the output");
  app.add_flag("--salvage", o.files.salvage, "Accept an input stream that was cut off");
  app.add_flag("--resume", o.files.resume, "Continue after a stop; needs -o FILE");
  app.add_option("--preview", o.preview,
                 "Show each chunk when it is made: NAME.png, a contact sheet that grows, or "
                 "terminal (kitty, or any other through chafa)");
  app.add_option("--timings", o.files.timings,
                 "Write seconds per chunk as JSON lines (default: timings.jsonl in the memory)");

  auto* memory = app.add_option_group("Memory");
  memory->add_option("--memory", o.memory,
                     "Memory directory, created if absent; DIR@ID continues from revision ID");
  memory
      ->add_option("--keep", o.files.keep, "Which revisions keep their files: all, last or every:N")
      ->capture_default_str();
  memory->add_flag("--no-fast", o.no_fast, "No fast learning: sample from the base model alone");
  memory->add_flag("--learn-input", o.files.learn_input, "Learn the input chunks too");
  memory->add_option(
      "--learn-until", o.files.learn_until,
      "Learn only chunks before this index; later ones use the memory as it is then");
  svg::tools::add_fast_options(*memory, o.run);
  svg::tools::add_learning_options(*memory, o.run);
  svg::tools::add_estimate_options(*app.add_option_group("Estimate"), o.estimate,
                                   "the input file's, or the model's");
}

int run(const GenerateOptions& o, svg::Context& context) {
  svg::tools::check_estimate(o.estimate);
  if (o.estimate.estimate)
    return svg::tools::print(svg::tools::run_session(o, context), o.estimate.json);
  if (!o.episodes.empty()) {
    svg::require(o.input == "-" && o.actions.empty() && o.output == "-" && o.memory.empty() &&
                     o.files.draws.empty() && o.files.timings.empty() && o.preview.empty(),
                 svg::ErrorKind::Usage,
                 "--episodes names the inputs, actions, outputs and memories: no input, --actions, "
                 "-o, --memory, --draws, --timings or --preview beside it");
    return svg::tools::print(svg::tools::run_session(o, context), o.estimate.json);
  }
  svg::require(!o.actions.empty(), svg::ErrorKind::Usage, "--actions is required, or --episodes");
  svg::require(!(o.input == "-" && o.actions == "-"), svg::ErrorKind::Usage,
               "the latent stream and the actions both come from standard input: name a file for "
               "one of them");
  svg::require(!o.files.resume || o.output != "-", svg::ErrorKind::Usage,
               "--resume needs -o FILE: standard output cannot be resumed");
  svg::require(!o.no_fast || o.memory.empty(), svg::ErrorKind::Usage,
               "--no-fast and --memory exclude each other");
  svg::tools::refuse_terminal(o.output);
  return svg::tools::print(svg::tools::run_session(o, context), o.estimate.json);
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<GenerateOptions>(argc, argv, kTool, add_options, run);
}
