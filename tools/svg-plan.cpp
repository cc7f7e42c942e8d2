// svg-plan: acts in environments (formats/environment.md). record: rolls a policy into a data set;
// train: learns which action led from a frame to the next.
// Exit 65: an environment sent nonsense; 69: it is dead or late; 75: stopped, --resume goes on. See
// also: svg-world serve, svg-world check.
#include "libcore/session/plan_record.h"
#include "libcore/session/plan_train.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {
using namespace svg;
using namespace svg::session;

struct Options {
  PlanRecordOptions record;
  PlanTrainOptions train;
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

int run_train(const Options& o, Context& context) {
  return tools::print(tools::run_session(o.train, context), o.json);
}

void add_train(CLI::App& app, Options& o) {
  CLI::App* train = app.add_subcommand(
      "train", "Train an inverse dynamics model: which action led from a frame to the next");
  PlanTrainOptions& t = o.train;
  train->add_option("--data", t.idm.data, "Manifests with actions (svg-plan record, svg-world)")
      ->required();
  train->add_option("--validation", t.idm.validation,
                    "The same, held out (default: the last tenth of the episodes of --data)");
  train->add_option("--vae", t.idm.vae,
                    "Model directory: also train on pictures that went through its autoencoder");
  train->add_option("--generated", t.idm.generated,
                    "Latent streams that this model generated: also train on their pictures, "
                    "with what their sentences ask for; the last fifth is held out");
  train->add_option("-o,--output", t.loop.output, "Folder of the inverse dynamics model")
      ->required();
  tools::add_settings(*train, plan::settings_of(t.idm));
  tools::add_settings(*train, slow::settings_of(t.loop));
  train->add_flag("--resume", t.loop.resume, "Go on with the training in the folder");
  train->add_flag("--force", t.loop.force, "Start anew where the folder holds a training");
  train->add_flag("--json", o.json, "One JSON object instead of a table");
  train->callback([&o] { o.command = run_train; });
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  add_record(app, o);
  add_train(app, o);
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
      .device = true,
      .seed = true,
      .progress = true};
  return svg::tools::tool_main<Options>(argc, argv, info, add_options, run);
}
