// svg-memory: what fast learning has learned, looked into and taken in hand: history, branches,
// differences, forgetting, merging, exchange with PEFT and diffusers. A memory is a folder
// (formats/memory.md); DIR@ID names a revision, DIR its HEAD. Only diff and merge load torch. Exit
// 1: verify found a fault; 73: another process is writing; 78: memory, model or stream do not
// belong together. See also: svg-generate, svg-inspect.
#include <filesystem>
#include <iostream>

#include "formats/lora/lora_exchange.h"
#include "formats/memory/memory_log.h"
#include "formats/memory/memory_tail.h"
#include "libcore/base/log.h"
#include "libcore/base/printable.h"
#include "libcore/base/text_table.h"
#include "libcore/session/memory.h"
#include "libcore/session/memory_replay.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {
using namespace svg;
using formats::Memory;
using formats::MemoryRef;

// --as
enum class ExportForm { Peft, Diffusers };
constexpr auto names_of(ExportForm) {
  return std::to_array<EnumName<ExportForm>>(
      {{ExportForm::Peft, "peft"}, {ExportForm::Diffusers, "diffusers"}});
}

struct Options {
  std::string memory, target, output, model, keep = "all";
  ExportForm as = ExportForm::Peft;
  std::vector<std::string> lora_targets{"attention"};
  session::MemoryDiffOptions diff;
  session::MemoryMergeOptions merge;
  session::MemoryReplayOptions replay;
  bool json = false, graph = false;
  int (*command)(const Options&, Context&) = nullptr;
};

// ---- what the commands share

void print(const ordered_json& object) {
  std::cout << object.dump() << "\n";
}

std::string dir_alone(const std::string& text) {
  MemoryRef ref = MemoryRef::parse(text);
  require(!ref.revision, ErrorKind::Usage, "\"", text,
          "\": this command takes a whole memory, without @REVISION");
  return ref.dir;
}

int64_t revision_named(const std::string& text) {
  MemoryRef ref = MemoryRef::parse(text);
  require(ref.revision.has_value(), ErrorKind::Usage, "\"", text, "\": expected DIR@REVISION");
  return *ref.revision;
}

Memory open_to_read(const std::string& text) {
  Memory memory = Memory::open(MemoryRef::parse(text).dir);
  for (const std::string& repair : memory.repairs()) log_warn(repair);
  return memory;
}

Memory open_to_write(const std::string& dir) {
  Memory memory = Memory::open_for_writing(dir);
  for (const std::string& repair : memory.repairs()) log_warn(repair);
  return memory;
}

int64_t revision_or_head(const Memory& memory, const std::string& text) {
  return MemoryRef::parse(text).revision.value_or(memory.head());
}

// ---- the commands

int run_log(const Options& o, Context&) {
  Memory memory = open_to_read(dir_alone(o.memory));
  if (!o.json) {
    std::cout << (o.graph ? log_graph(memory) : log_table(memory));
    return 0;
  }
  auto times = step_times(memory);
  for (const formats::Revision& revision : memory.log())
    print(log_object(memory, revision, times[revision.id]));
  return 0;
}

int run_show(const Options& o, Context&) {
  Memory memory = open_to_read(o.memory);
  ordered_json facts = show_object(memory, revision_or_head(memory, o.memory));
  if (o.json) {
    print(facts);
    return 0;
  }
  for (const auto& [key, value] : facts.items()) {
    if (key != "layers") {
      std::cout << key << ": "
                << printable(value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
      continue;
    }
    std::cout << "layers: " << value.size() << "\n";
    for (const auto& [module, widths] : value.items())
      std::cout << "  " << printable(module) << " [" << widths[0] << ", " << widths[1] << "]\n";
  }
  return 0;
}

// verify --replay
int run_replay(const Options& o, Context& context) {
  require(!o.model.empty(), ErrorKind::Usage, "--replay needs --model, to learn with");
  auto options = o.replay;
  options.memory = o.memory;
  options.model = o.model;
  return tools::print(tools::run_session(options, context), o.json);
}

int run_verify(const Options& o, Context& context) {
  if (!o.replay.stream.empty()) return run_replay(o, context);
  std::string dir = dir_alone(o.memory);
  std::vector<std::string> problems;
  size_t revisions = 0;
  try {
    Memory memory = Memory::open(dir);
    revisions = memory.log().size();
    problems = memory.repairs();
    for (std::string& problem : memory.verify()) problems.push_back(std::move(problem));
    if (!o.model.empty()) {
      std::string base = formats::ModelDirectory(o.model).fingerprint("unet");
      if (base != memory.info().lora.base)
        problems.push_back(cat(dir, ": was learned on another model (", memory.info().lora.base,
                               "), ", o.model, " is ", base));
    }
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data) throw;
    problems.emplace_back(e.what());
  }
  if (o.json) {
    print({{"memory", dir}, {"revisions", revisions}, {"problems", problems}});
  } else {
    for (const std::string& problem : problems) std::cout << printable(problem) << "\n";
    if (problems.empty()) std::cout << dir << ": sound, " << revisions << " revisions\n";
  }
  return problems.empty() ? 0 : 1;
}

int run_fork(const Options& o, Context&) {
  Memory memory = open_to_read(o.memory);
  Memory::fork(memory, revision_or_head(memory, o.memory), o.target);
  return 0;
}

int run_checkout(const Options& o, Context&) {
  int64_t id = revision_named(o.memory);
  open_to_write(MemoryRef::parse(o.memory).dir).checkout(id);
  return 0;
}

int run_forget(const Options& o, Context&) {
  auto range = formats::MemoryRange::parse(o.memory);
  Memory memory = open_to_write(range.dir);
  size_t count = memory.forget(range.first, range.last).size();
  std::cout << "forgot " << count << " revisions; HEAD is " << memory.head() << "\n";
  return 0;
}

int run_gc(const Options& o, Context&) {
  Memory memory = Memory::open_for_writing(dir_alone(o.memory));
  for (const std::string& repair : memory.repairs()) std::cout << printable(repair) << "\n";
  return 0;
}

int run_tail(const Options& o, Context&) {
  Memory memory = open_to_read(o.memory);
  std::string output = o.output.empty() ? "-" : o.output;
  std::error_code ignored;
  require(!std::filesystem::equivalent(o.target, output, ignored), ErrorKind::Usage, "-o ", output,
          ": is the input, whose later chunks would be lost");
  tools::refuse_terminal(output);
  write_tail(memory, revision_or_head(memory, o.memory), o.target, output);
  return 0;
}

int run_export(const Options& o, Context&) {
  Memory memory = open_to_read(o.memory);
  formats::LoraDelta delta = memory.delta(revision_or_head(memory, o.memory));
  delta.check_finite();
  (o.as == ExportForm::Peft ? formats::export_peft : formats::export_diffusers)(delta, o.output);
  return 0;
}

int run_import(const Options& o, Context&) {
  auto keep = formats::KeepPolicy::parse(o.keep);
  formats::ForeignLora lora = formats::open_lora(o.target);
  import_memory(std::move(lora), formats::ModelDirectory(o.model), o.lora_targets, keep, o.output);
  return 0;
}

int run_diff(const Options& o, Context& context) {
  const auto result = tools::run_session(o.diff, context).json;
  if (o.json) {
    print(result);
    return 0;
  }
  std::vector<std::vector<std::string>> rows{{"|A|", "|B|", "|B - A|", "angle", "layer"}};
  auto add = [&](const ordered_json& row, const std::string& name) {
    auto angle = row.value("angle_deg", ordered_json());
    rows.push_back({text_of("%.4g", row["norm_a"]), text_of("%.4g", row["norm_b"]),
                    text_of("%.4g", row["norm_difference"]),
                    angle.is_null() ? "-" : text_of("%.1f", angle.get<double>()), name});
  };
  add(result, "all");
  for (const auto& row : result["layers"]) add(row, row["layer"]);
  std::cout << text_table(rows);
  return 0;
}

int run_merge(const Options& o, Context& context) {
  auto options = o.merge;
  options.output = o.output;
  const auto result = tools::run_session(options, context).json;
  if (o.json) {
    print(result);
    return 0;
  }
  const auto& worst = result["layers"].front();
  auto percent = [](const ordered_json& share) {
    return text_of("%.3g %%", 100 * share.get<double>());
  };
  std::cout << "rank " << result["rank"] << ": lost " << percent(result["energy_lost"])
            << " of the energy, at most " << percent(worst["energy_lost"]) << " ("
            << worst["layer"].get<std::string>() << ")\n";
  return 0;
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
  merge.add_option("-o,--output", o.output, "Directory of the new memory")->required();
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
  in.add_option("lora", o.target, "Folder or safetensors file")->required();
  in.add_option("--model", o.model, "Model directory that it belongs to")->required();
  in.add_option("-o,--output", o.output, "Directory of the new memory")->required();
  in.add_option("--lora-targets", o.lora_targets, "As svg-generate is told them")
      ->delimiter(',')
      ->capture_default_str();
  in.add_option("--keep", o.keep, "Revisions whose files stay: all, last or every:N")
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
