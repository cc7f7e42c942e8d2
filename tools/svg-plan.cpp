// svg-plan: acts in environments (formats/environment.md). record: rolls a policy into a data set.
// Exit 65: an environment sent nonsense; 69: it is dead or late; 75: stopped, --resume goes on. See
// also: svg-world serve, svg-world check.
#include "libcore/session/plan_record.h"
#include "tools/common/tool_main.h"

namespace {
using namespace svg;
using namespace svg::session;

struct Options {
  PlanRecordOptions record;
  bool json = false;
  int (*command)(const Options&, Context&) = nullptr;
};

int run_record(const Options& o, Context& context) {
  return tools::print(plan_record(o.record, context), o.json);
}

void add_record(CLI::App& app, Options& o) {
  CLI::App* record =
      app.add_subcommand("record", "Roll a policy in an environment into a data set");
  PlanRecordOptions& r = o.record;
  record->add_option("--env", r.environment, "Shell command that starts the environment")
      ->required();
  record->add_option("-o,--output", r.folder, "Folder to write; it must not exist")->required();
  record->add_option("--episodes", r.episodes, "Number of episodes")->required();
  record->add_option("--chunks", r.chunks, "Chunks of an episode: N, or LO:HI drawn for each")
      ->capture_default_str();
  record
      ->add_option("--frames", r.frames, "Frames per chunk; 0: what the environment says, else 16")
      ->capture_default_str();
  record->add_option("--moves", r.moves,
                     "What chunks can do, as JSON lines with text, inverse and act (default: the "
                     "environment's own moves, else each action alone)");
  record->add_option(
      "--script", r.script,
      "File with one sentence per chunk, each that of a move (default: a random walk "
      "that comes back)");
  record
      ->add_option("--split", r.split,
                   "Data set split: train, val, test or ood (each owns a range of seeds)")
      ->capture_default_str();
  record
      ->add_option("--time-limit", r.time_limit,
                   "Seconds for each operation; 0: 60 for hello, 30 for reset, 10 for others")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  record->add_option("-j,--jobs", r.jobs, "Environments at a time; they do not change the result")
      ->capture_default_str();
  record->add_flag("--resume", r.resume, "Continue after a stop: keep the whole episodes");
  record->add_flag("--json", o.json, "One JSON object instead of text");
  record->callback([&o] { o.command = run_record; });
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  add_record(app, o);
}

int run(const Options& o, Context& context) {
  return o.command(o, context);
}

}  // namespace

int main(int argc, char** argv) {
  static const svg::tools::ToolInfo info{
      .name = "svg-plan",
      .summary = "Act in environments: record data sets of worlds that nobody here made.",
      .footer =
          "Example:\n"
          "  svg-plan record --env 'svg-world serve --profile tiny' --episodes 200 -j 2 -o data\n"
          "The environments' protocol: formats/environment.md; svg-world check tests one.",
      .seed = true,
      .progress = true};
  return svg::tools::tool_main<Options>(argc, argv, info, add_options, run);
}
