// svg-plan: acts in environments (formats/environment.md). record: rolls a policy into a data set;
// train: learns which action led from a frame to the next; read: how well that goes, move by move;
// run: plans tasks and executes the plans; score: the table of a task set.
// See also: svg-world serve, svg-world check.
#include "libcore/session/plan_read.h"
#include "libcore/session/plan_record.h"
#include "libcore/session/plan_run.h"
#include "libcore/session/plan_score.h"
#include "libcore/session/plan_train.h"
#include "tools/common/run_options.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {
using namespace svg;
using namespace svg::session;

struct Options {
  PlanRecordOptions record;
  PlanTrainOptions train;
  PlanReadOptions read;
  PlanRunOptions plan;
  PlanScoreOptions score;
  RunOptions run;
  bool json = false;
  int (*command)(const Options&, Context&) = nullptr;
};

void add_time_limit(CLI::App& app, double& seconds) {
  app.add_option("--time-limit", seconds,
                 "Seconds for each operation; 0: 60 for hello, 30 for reset, 10 for others")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

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
  add_time_limit(*record, r.time_limit);
  record->add_option("-j,--jobs", r.jobs, "Environments at a time; they do not change the result")
      ->capture_default_str();
  record->add_flag("--retrace", r.retrace,
                   "Also write tasks.jsonl: for each episode the task to go back the way it came");
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

// What tasks are done with and where. `tasks`, `env`: what more there is to say of these.
template <class Inputs>
void add_inputs(CLI::App& app, Inputs& in, const std::string& tasks = "",
                const std::string& env = "") {
  app.add_option("--model", in.model, "Model directory")->required();
  app.add_option("--idm", in.idm, "Inverse dynamics model (svg-plan train)")->required();
  app.add_option("--tasks", in.tasks, "Manifest with tasks.jsonl" + tasks)->required();
  app.add_option("--env", in.command,
                 "Shell command that starts the environment (default: the embedded world)" + env);
}

int run_read(const Options& given, Context& context) {
  auto o = given.read;
  o.reading.run = given.run.settings;
  return tools::print(tools::run_session(o, context), given.json);
}

void add_read(CLI::App& app, Options& o) {
  CLI::App* read = app.add_subcommand(
      "read", "How well an inverse dynamics model reads true and generated frames, move by move");
  plan::ReadingSettings& r = o.read.reading;
  add_inputs(*read, r, ": moves are done where the past of each ends",
             "; it needs snapshots and moves");
  read->add_option("--count", r.count, "Tasks, from the first on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  read->add_option("--batch", r.batch, "Tasks in step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  read->add_option("-j,--jobs", r.jobs, "Environments that act at a time")->capture_default_str();
  add_time_limit(*read, o.read.time_limit);
  tools::add_sampling_options(*read->add_option_group("Sampling"), o.run);
  read->add_flag("--json", o.json, "One JSON object instead of a table");
  read->callback([&o] { o.command = run_read; });
}

int run_plans(const Options& given, Context& context) {
  auto o = given.plan;
  o.run.run = given.run.settings;
  return tools::print(tools::run_session(o, context), given.json);
}

void add_run(CLI::App& app, Options& o) {
  CLI::App* run = app.add_subcommand(
      "run", "Plan tasks with a memory and execute the plans, recorded as a data set");
  plan::RunPlansSettings& r = o.plan.run;
  add_inputs(*run, r);
  run->add_option("--subgoals", r.subgoals,
                  "Where subgoals come from: template, a JSON file, or command:PROGRAM")
      ->capture_default_str();
  run->add_option("-o,--output", r.folder, "Folder to write; it must not exist")->required();
  run->add_option("--first", r.first, "Number of the first task")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  run->add_option("--count", r.count, "Tasks; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  run->add_option("--batch", r.batch, "Tasks in step; they shape the last bits of the result")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  run->add_option("--act-noise", r.act_noise, "Each executed amount is multiplied by 1 + N(0, X)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  tools::add_settings(*run, plan::settings_of(r.planner));
  run->add_option("--keep", r.keep,
                  "Revisions of the memories whose files stay: all, last, every:N")
      ->capture_default_str();
  run->add_option("--video", r.video, "Videos of plan and execution: mp4, mkv, gif or none")
      ->capture_default_str();
  run->add_option("-j,--jobs", r.planner.jobs, "Environments that act at a time")
      ->capture_default_str();
  add_time_limit(*run, o.plan.time_limit);
  tools::add_sampling_options(*run->add_option_group("Sampling"), o.run);
  tools::add_fast_options(*run->add_option_group("Fast learning"), o.run, {"budget", "until"});
  run->add_flag("--resume", r.resume, "Continue after a stop");
  run->add_flag("--json", o.json, "One JSON object instead of text");
  run->callback([&o] { o.command = run_plans; });
}

int run_score(const Options& given, Context& context) {
  auto o = given.score;
  o.score.run = given.run.settings;
  return tools::print(tools::run_session(o, context), given.json);
}

void add_score(CLI::App& app, Options& o) {
  CLI::App* score = app.add_subcommand(
      "score", "The score table of a task set: rows with a memory, without, blind ones, oracles");
  plan::ScoreSettings& s = o.score.score;
  s.rows = {"none",      "temp-lora", "swapped",           "inverse-replay", "random",
            "text-only", "oracle",    "oracle-generation", "oracle-idm"};
  s.feedback = {"generated", "observed"};
  s.noise = {0};
  add_inputs(*score, s);
  score->add_option("--loop-model", s.loop_model, "Model of the row loop: the same after svg-loop");
  score
      ->add_option("--subgoals", s.subgoals,
                   "Where subgoals come from: template, a JSON file, or command:PROGRAM")
      ->capture_default_str();
  score->add_option("-o,--output", s.folder, "Folder of the results")->required();
  score->add_option("--count", s.count, "Tasks, from the first on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  score->add_option("--batch", s.batch, "Tasks in step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  score
      ->add_option("--rows", s.rows,
                   "Rows, by commas: those, loop, oracle-execution (without the noise), and "
                   "oracle-memory (it has learned the solution)")
      ->delimiter(',')
      ->capture_default_str();
  score->add_option("--feedback", s.feedback, "Columns: generated, observed")
      ->delimiter(',')
      ->capture_default_str();
  score
      ->add_option("--act-noise", s.noise,
                   "Columns: each executed amount is multiplied by 1 + N(0, X)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  tools::add_settings(*score, without(plan::settings_of(s.planner), {"feedback"}));
  score->add_option(
      "--weights-dir", s.weights_dir,
      "Folder with i3d.safetensors (examples/weights/convert.py): FVD of the imagined "
      "videos, too; with other weights than the published ones it is fvd_custom");
  score->add_option("-j,--jobs", s.planner.jobs, "Environments that act at a time")
      ->capture_default_str();
  add_time_limit(*score, o.score.time_limit);
  tools::add_sampling_options(*score->add_option_group("Sampling"), o.run);
  tools::add_fast_options(*score->add_option_group("Fast learning"), o.run, {"budget", "until"});
  score->add_flag("--resume", s.resume, "Go on with the cells in the folder");
  score
      ->add_option_function<std::string>(
          "--shard", [&s](const std::string& text) { s.shard = shard_from(text); },
          "Part I of N of the batches alone, into the same folder; without it, and with --resume: "
          "the table of what all parts made")
      ->type_name("I/N");
  score->add_flag("--json", o.json, "One JSON object instead of a table");
  score->callback([&o] { o.command = run_score; });
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  add_record(app, o);
  add_train(app, o);
  add_read(app, o);
  add_run(app, o);
  add_score(app, o);
}

int run(const Options& o, Context& context) {
  return o.command(o, context);
}

}  // namespace

int main(int argc, char** argv) {
  static const svg::tools::ToolInfo info{
      .name = "svg-plan",
      .summary =
          "Act in environments: record data sets, learn to read actions from frames, plan with a "
          "memory, and score it.",
      .footer =
          "Example:\n"
          "  svg-plan record --env 'svg-world serve --profile tiny' --episodes 200 -j 2 -o data\n"
          "  svg-plan train --data data --vae M -o idm\n"
          "  svg-world dataset --profile tiny --script retrace --split test --episodes 64 -o "
          "tasks\n"
          "  svg-plan read --model M --idm idm --tasks tasks\n"
          "  svg-plan run --model M --idm idm --tasks tasks --count 4 -o plans\n"
          "  svg-plan score --model M --idm idm --tasks tasks --act-noise 0,0.1 -o scores\n"
          "The environments' protocol: formats/environment.md; svg-world check tests one.\n"
          "Exit status: 65 an environment sent nonsense, 69 it is dead or late (record, run: in "
          "one "
          "episode or more, the others are there; score: in all tasks of a cell), 75 stopped, "
          "--resume goes on, 78 things that do not belong together.",
      .device = true,
      .seed = true,
      .progress = true};
  return svg::tools::tool_main<Options>(argc, argv, info, add_options, run);
}
