// svg-memory: what fast learning has learned, looked into and taken in hand: history, branches,
// differences, forgetting, merging, exchange with PEFT and diffusers. A memory is a folder
// (formats/memory.md); DIR@ID names a revision, DIR its HEAD. Only diff, merge and verify --replay
// load torch. Exit 1: verify found a fault; 73: another process is writing; 78: memory, model or
// stream do not belong together. See also: svg-generate, svg-inspect.
#include <iostream>

#include "libcore/session/memory.h"
#include "libcore/session/memory_files.h"
#include "libcore/session/memory_replay.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {
using namespace svg;
using namespace svg::session;

struct Options {
  std::string memory, target, output, model;
  ExportForm as = ExportForm::Peft;
  MemoryImportOptions imported;
  MemoryDiffOptions diff;
  MemoryMergeOptions merge;
  MemoryReplayOptions replay;
  bool json = false, graph = false;
  int (*command)(const Options&, Context&) = nullptr;
};

// ---- the commands

int run_log(const Options& o, Context&) {
  const Report report = memory_log(o.memory, o.graph);
  if (!o.json) return tools::print(report, false);
  for (const auto& revision : report.json) std::cout << revision.dump() << "\n";
  return 0;
}

int run_show(const Options& o, Context&) {
  return tools::print(memory_show(o.memory), o.json);
}

int run_verify(const Options& o, Context& context) {
  if (o.replay.stream.empty()) return tools::print(memory_verify(o.memory, o.model), o.json);
  require(!o.model.empty(), ErrorKind::Usage, "--replay needs --model, to learn with");
  auto options = o.replay;
  options.memory = o.memory;
  options.model = o.model;
  return tools::print(tools::run_session(options, context), o.json);
}

int run_fork(const Options& o, Context&) {
  memory_fork(o.memory, o.target);
  return 0;
}

int run_checkout(const Options& o, Context&) {
  memory_checkout(o.memory);
  return 0;
}

int run_forget(const Options& o, Context&) {
  return tools::print(memory_forget(o.memory), false);
}

int run_gc(const Options& o, Context&) {
  return tools::print(memory_gc(o.memory), false);
}

int run_tail(const Options& o, Context&) {
  const std::string output = o.output.empty() ? "-" : o.output;
  tools::refuse_terminal(output);
  memory_tail(o.memory, o.target, output);
  return 0;
}

int run_export(const Options& o, Context&) {
  memory_export(o.memory, o.as, o.output);
  return 0;
}

int run_import(const Options& o, Context&) {
  memory_import(o.imported);
  return 0;
}

int run_diff(const Options& o, Context& context) {
  return tools::print(tools::run_session(o.diff, context), o.json);
}

int run_merge(const Options& o, Context& context) {
  return tools::print(tools::run_session(o.merge, context), o.json);
}

// ---- flags

CLI::App& command(CLI::App& app, Options& o, const char* name, const char* what,
                  int (*run)(const Options&, Context&)) {
  CLI::App& sub = *app.add_subcommand(name, what);
  sub.callback([&o, run] { o.command = run; });
  return sub;
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  auto with_memory = [&](const char* name, const char* what, int (*run)(const Options&, Context&),
                         const char* form) -> CLI::App& {
    CLI::App& sub = command(app, o, name, what, run);
    sub.add_option("memory", o.memory, form)->required();
    return sub;
  };
  auto& log = with_memory("log", "Show the history, one line per revision", run_log, "DIR");
  log.add_flag("--graph", o.graph, "Draw it as a tree");
  log.add_flag("--json", o.json, "One JSON object a revision");
  with_memory("show", "Show a revision, layer by layer", run_show, "DIR[@ID]")
      .add_flag("--json", o.json, "One JSON object");
  auto& verify = with_memory("verify", "Check hashes, history, base model and values", run_verify,
                             "DIR; with --replay DIR[@ID]");
  verify.add_option("--model", o.model, "Also check that it belongs to this model directory");
  auto* replay = verify.add_option(
      "--replay", o.replay.stream,
      "Learn the history again from this latent stream, as the memory records it, and compare "
      "every revision byte for byte; needs --model");
  verify.add_option("--draws", o.replay.draws, "--draws of the run that learned it")->needs(replay);
  verify.add_option("--init", o.replay.init, "--init of the run that learned it")->needs(replay);
  verify
      .add_option("--fast-init", o.replay.start,
                  "--fast-init of that run (default: the model's start)")
      ->needs(replay);
  verify.add_flag("--json", o.json, "One JSON object");
  with_memory("fork", "Make a new memory of a revision and the history that led to it", run_fork,
              "DIR[@ID]")
      .add_option("new", o.target, "Directory of the new memory")
      ->required();
  with_memory("checkout", "Make a revision HEAD: the next run continues from there, as a branch",
              run_checkout, "DIR@ID");
  with_memory("forget", "Remove revisions from the history; what later ones have learned stays",
              run_forget, "DIR@FIRST..LAST or DIR@ID");
  auto& diff = command(
      app, o, "diff", "Show what two revisions have learned differently, layer by layer", run_diff);
  diff.add_option("a", o.diff.a, "DIR[@ID]")->required();
  diff.add_option("b", o.diff.b, "DIR[@ID]")->required();
  diff.add_flag("--json", o.json, "One JSON object");
  auto& merge = command(app, o, "merge", "Merge memories: their weighted sum, truncated to a rank",
                        run_merge);
  merge.add_option("memories", o.merge.memories, "DIR[@ID], two or more")
      ->required()
      ->expected(2, 1000);
  merge.add_option("-o,--output", o.merge.output, "Directory of the new memory")->required();
  merge.add_option("--weights", o.merge.weights, "Comma-separated, one each (default: 1)")
      ->delimiter(',');
  merge.add_option("--rank", o.merge.rank, "Rank of the new memory (default: that of the first)")
      ->check(CLI::PositiveNumber);
  merge.add_flag("--json", o.json, "One JSON object, with every layer");
  with_memory("gc", "Remove what interrupted writers left: torn lines, unreferenced files", run_gc,
              "DIR");
  auto& tail =
      with_memory("tail", "Extract the chunks that svg-generate needs to continue from a revision",
                  run_tail, "DIR[@ID]");
  tail.add_option("stream", o.target, "Latent stream of the episode; - is standard input")
      ->required();
  tail.add_option("-o,--output", o.output, "Latent stream (default: standard output)");
  auto& out =
      with_memory("export", "Export a revision for PEFT or diffusers", run_export, "DIR[@ID]");
  tools::add_setting(out, Setting("as", o.as, "Whose names the file has"))
      ->required()
      ->option_text("peft|diffusers REQUIRED");
  out.add_option("-o,--output", o.output, "Folder")->required();
  auto& in = command(app, o, "import", "Import a LoRA of PEFT, diffusers or kohya as a memory",
                     run_import);
  in.add_option("lora", o.imported.lora, "Folder or safetensors file")->required();
  in.add_option("--model", o.imported.model, "Model directory that it belongs to")->required();
  in.add_option("-o,--output", o.imported.output, "Directory of the new memory")->required();
  in.add_option("--lora-targets", o.imported.lora_targets, "As svg-generate is told them")
      ->delimiter(',')
      ->capture_default_str();
  in.add_option("--keep", o.imported.keep, "Revisions whose files stay: all, last or every:N")
      ->capture_default_str();
}

int run(const Options& o, Context& context) {
  return o.command(o, context);
}

const tools::ToolInfo kTool{
    .name = "svg-memory",
    .summary =
        "Inspect the memory of an episode, branch it, undo what it has learned, exchange it.",
    .footer =
        "Examples:\n"
        "  svg-memory log --graph walk.memory\n"
        "  svg-memory tail walk.memory@6 walk.latents > to6.latents\n"
        "  svg-generate --model M --memory walk.memory@6 --actions "
        "other.txt -o branch.latents to6.latents\n"
        "  svg-memory diff walk.memory@12 walk.memory@18\n"
        "  svg-memory export walk.memory --as diffusers -o walk-lora\n"
        "Exit status: 1 verify found a fault, 73 another process writes to "
        "the memory, 78 things that do not "
        "belong together."};

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
