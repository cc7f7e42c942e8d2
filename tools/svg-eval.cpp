// svg-eval: measures. `metrics`: videos beside the true ones, or by themselves. `revisit`: a table
// that tells memory from luck, of models here or (`tasks`, --generated) of any other system.
// `gather`: joins its shards. `compare`: what one of those has more
// than another. `report`: all of it as one HTML file. Results go to the folder -o (metrics.jsonl
// and others; episodes.jsonl, table.json), the table to standard output. Exit 75: stopped, --resume
// goes on. See also: svg-generate, svg-world.
#include "libcore/base/error.h"
#include "libcore/eval/revisit/row_names.h"
#include "libcore/eval/videos/metric_names.h"
#include "libcore/session/eval_compare.h"
#include "libcore/session/eval_distances.h"
#include "libcore/session/eval_gather.h"
#include "libcore/session/eval_metrics.h"
#include "libcore/session/eval_report.h"
#include "libcore/session/eval_revisit.h"
#include "tools/common/run_options.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

struct Options {
  svg::session::RevisitOptions revisit;
  svg::session::TasksOptions tasks;
  svg::session::DistancesOptions distances;
  svg::session::CompareOptions compare;
  svg::session::GatherOptions gather;
  svg::session::MetricsOptions metrics;
  svg::session::EvalReportOptions report;
  CLI::App *comparing = nullptr, *measuring = nullptr, *gathering = nullptr, *reporting = nullptr,
           *tasking = nullptr, *spacing = nullptr;

  void validate() const {
    for (const auto& name : metrics.metrics) {
      const auto metric = svg::enum_from<svg::eval::Metric>(name, "--metrics");
      svg::require(!metrics.reference.empty() || !svg::eval::needs_reference(metric),
                   svg::ErrorKind::Usage, "--metrics ", name,
                   ": compares with the true video: give --reference");
      svg::require(!metrics.weights_dir.empty() || !svg::eval::needs_weights(metric),
                   svg::ErrorKind::Usage, "--metrics ", name,
                   ": needs published weights: give --weights-dir");
      svg::require(!metrics.flow.empty() || !svg::eval::needs_seen_flow(metric),
                   svg::ErrorKind::Usage, "--metrics ", name,
                   ": needs flow that a network saw: give --flow");
    }
  }
};

const svg::tools::ToolInfo kTool = {
    .name = "svg-eval",
    .summary = "Measure videos, and models on held-out episodes.",
    .footer =
        "Example:\n"
        "  svg-eval metrics --reference true/ --generated made/ -o numbers\n"
        "  svg-eval revisit --model M --episodes 32 -o results\n"
        "  svg-eval tasks -o tasks; svg-eval revisit --data tasks --generated videos/ -o results\n"
        "  svg-eval compare results other-settings\n"
        "  svg-eval report results walk.memory walk.mp4 -o report.html\n"
        "Every row of a table has the same episodes, sentences and noise. Exit 75: stopped; the "
        "same command "
        "with --resume goes on.",
    .device = true,
    .seed = true,
    .progress = true,
};

void add_metrics(CLI::App& app, Options& options) {
  auto& metrics = *app.add_subcommand(
      "metrics", "Quality, scene cuts and drift of videos, beside the true ones or alone");
  auto& o = options.metrics;
  metrics
      .add_option("--generated", o.generated,
                  "What is measured: a video, a folder of videos or pictures, a latent stream, or "
                  "a folder with a manifest")
      ->required()
      ->option_text("INPUT REQUIRED");
  metrics
      .add_option("--reference", o.reference,
                  "The true videos, likewise; pairs are made by name, without ending, and must be "
                  "of one length and size")
      ->option_text("INPUT");
  metrics
      .add_option(
          "--metrics", o.metrics,
          "Comma-separated: " + svg::joined(svg::all_names<svg::eval::Metric>()) +
              " (default: those that end in _v1 but ssim_gauss_v1, flicker_v1, for clips that "
              "stand still, gsc_v1, for videos that go back the way they came, nmr_v1, for "
              "manifests with visits, like src, and those of flow: mawe_gt_v1 and dyn_gt_v1 for "
              "manifests that have it, mawe_flow_v1 and dyn_v1 with --flow; and recall_v1, for "
              "walks of svg-world's maze)")
      ->delimiter(',')
      ->option_text("LIST");
  metrics
      .add_option("--chunk", o.chunk,
                  "Frames of a chunk; 0: as a stream or manifest is cut, else 16")
      ->check(CLI::Range(0, 1 << 20))
      ->option_text("N [0]");
  metrics.add_option("--model", o.model, "Model directory, whose VAE decodes latent streams")
      ->option_text("DIR");
  metrics
      .add_option("--weights-dir", o.weights_dir,
                  "Folder of networks' weights: alexnet and lpips_alex (lpips), resnet18 (src, "
                  "src_c, subj_resnet), i3d "
                  "(fvd), efficientnet_lite0.safetensors, made by examples/weights/convert.py. "
                  "Without the published weights a metric has another name: lpips_custom with "
                  "others, lpips_rand with none, drawn from --seed")
      ->option_text("DIR");
  metrics
      .add_option(
          "--flow", o.flow,
          "Folder of NAME.npy for each video NAME: f32 [pairs, 2, height, width], flow from "
          "each frame to the next as a network saw it; frames are resized to it")
      ->option_text("DIR");
  metrics.add_option("--batch", o.batch, "Frames through the VAE at once")
      ->check(CLI::Range(1, 4096))
      ->option_text("N [4]");
  metrics.add_option("-j,--jobs", o.jobs, "Videos at once; the result does not depend on it")
      ->check(CLI::Range(1, 256))
      ->option_text("N [1]");
  metrics
      .add_option("-o,--output", o.output,
                  "Folder to write: numbers of each frame, chunk and video, and the totals")
      ->option_text("DIR");
  auto* json = metrics.add_flag("--json", o.json, "The totals as JSON lines");
  metrics.add_flag("--csv", o.csv, "The totals, and the files in -o, as CSV")->excludes(json);
  metrics.add_flag("--salvage", o.salvage,
                   "A damaged or cut-off video ends before the damage, with a warning");
  metrics.add_flag("--skip-bad", o.skip_bad,
                   "Leave out videos that are damaged, have no counterpart or do not fit it; each "
                   "is named, and their number is in the result");
  metrics.add_flag("--force", o.force, "Replace the folder -o");
  options.measuring = &metrics;
}

void add_options(CLI::App& app, Options& options) {
  app.require_subcommand(1);
  add_metrics(app, options);
  auto& revisit = *app.add_subcommand(
      "revisit", "Does a place that has left the context window come back as it was?");
  auto& o = options.revisit;
  revisit
      .add_option("--model", o.model,
                  "Model directory; without one only rows that generate nothing")
      ->option_text("DIR");
  revisit
      .add_option("--loop-model", o.loop_model,
                  "Model directory of the row loop: the same after the slow-fast loop")
      ->option_text("DIR");
  auto* data =
      revisit
          .add_option("--data", o.data,
                      "Manifest of recorded episodes, or tasks that svg-eval tasks wrote, instead "
                      "of the embedded maze")
          ->option_text("DIR");
  revisit
      .add_option("--generated", o.generated,
                  "Videos of the row generated, of any system: a folder with one for each episode, "
                  "named by it (turn-around/0.mp4), of all its frames or of those not given")
      ->option_text("INPUT");
  revisit
      .add_option("--given", o.given,
                  "Frames that are given, of data that names no tasks of kind revisit")
      ->check(CLI::PositiveNumber)
      ->needs(data)
      ->option_text("N");
  revisit
      .add_option("--place-radius", o.place_radius,
                  "Poses so far apart show one place, in the units of data that names no visits")
      ->check(CLI::PositiveNumber)
      ->needs(data)
      ->option_text("X [0.05]");
  revisit.add_option("--place-degrees", o.place_degrees, "The same of their yaw and pitch")
      ->check(CLI::PositiveNumber)
      ->needs(data)
      ->option_text("X [2]");
  revisit.add_option("-o,--output", o.output, "Folder of the results")->required();
  revisit
      .add_option(
          "--scripts", o.scripts,
          "Comma-separated: turn-around, out-and-back, spin, reverse, mirror, shifted, loop; "
          "through several rooms (full and view): aba, abca, peek (default: the first three, or "
          "those of --data)")
      ->delimiter(',')
      ->option_text("LIST");
  revisit
      .add_option("--rows", o.rows,
                  "Comma-separated: " + svg::joined(svg::all_names<svg::eval::RowKind>()) +
                      " (default: truth, none, temp-lora, reset, swapped, paper; with --generated "
                      "truth, replay, unrelated, generated)")
      ->delimiter(',')
      ->option_text("LIST");
  revisit
      .add_option("--episodes", o.episodes,
                  "Episodes of each script (default: 32, or all of --data)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  revisit
      .add_option("--chunks", o.chunks,
                  "Chunks of an episode, the given ones included (default: up to the first return)")
      ->check(CLI::PositiveNumber);
  revisit.add_option("--batch", o.batch, "Episodes per batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  revisit.add_option("--split", o.split, "Data set split: train, val, test or ood")
      ->excludes(data)
      ->capture_default_str();
  revisit.add_option("--profile", o.profile, "World profile: tiny, small, view or full")
      ->excludes(data)
      ->capture_default_str();
  svg::tools::add_lora_option(revisit, o.run);
  svg::tools::add_sampling_options(revisit, o.run);
  revisit.add_flag("--learn-return", o.learn_return,
                   "Go on learning while the way back is generated");
  revisit.add_flag("--self", o.own,
                   "Give the first chunk alone: all else is generated and learned, and a return is "
                   "compared with what the model itself showed the first time");
  revisit
      .add_option("--samples", o.samples,
                  "Samplings of each row, from seeds that follow each other; their mean counts")
      ->check(CLI::Range(1, 1000))
      ->option_text("N [1]");
  revisit
      .add_option(
          "--shard", o.shard,
          "Part I of N of the batches alone, each into a folder of its own; svg-eval gather "
          "joins them")
      ->option_text("I/N");
  revisit.add_option("--sheet", o.sheet, "Write a PNG of the way back, two episodes per row");
  revisit.add_flag("--json", o.json, "The table as JSON");
  revisit.add_flag("--resume", o.resume, "Go on where the results in -o end");
  revisit.add_flag("--force", o.force, "Replace the results in -o");
  // Its episodes learn in step, whatever time that takes.
  svg::tools::add_fast_options(revisit, o.run, {"budget"});

  auto& tasks = *app.add_subcommand(
      "tasks", "Write the questions of revisit as files, for other systems to do");
  auto& t = options.tasks;
  tasks
      .add_option(
          "-o,--output", t.output,
          "Folder to write: a manifest with sentences, poses and actions, and what is given "
          "of each episode as given/EPISODE.mkv")
      ->required()
      ->option_text("DIR REQUIRED");
  tasks.add_option("--scripts", t.scripts, "As of revisit")->delimiter(',')->capture_default_str();
  tasks.add_option("--episodes", t.episodes, "Episodes of each script")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  tasks
      .add_option("--chunks", t.chunks,
                  "Chunks of an episode, the given ones included (default: up to the first return)")
      ->check(CLI::PositiveNumber);
  tasks.add_option("--split", t.split, "Data set split: train, val, test or ood")
      ->capture_default_str();
  tasks.add_option("--profile", t.profile, "World profile: tiny, small, view or full")
      ->capture_default_str();
  tasks.add_flag("--self", t.own, "Give the first chunk alone");
  tasks.add_flag("--force", t.force, "Replace the folder -o");
  options.tasking = &tasks;

  auto& compare = *app.add_subcommand(
      "compare", "Differences of results from the first of them, paired by episode");
  compare
      .add_option(
          "RESULTS", options.compare.results,
          "Folders that svg-eval revisit wrote, of the same episodes; FOLDER,FOLDER,...: of "
          "models that differ in their training seed, whose mean counts")
      ->required()
      ->expected(2, 1000);
  compare.add_option("--row", options.compare.row,
                     "Row of each (default: its only one, else temp-lora)");
  compare
      .add_option("--fail-if-worse", options.compare.fail_if_worse,
                  "Exit 1 where one of them has less of this metric than the first, beyond chance "
                  "(5 %, Holm's correction over them)")
      ->option_text("METRIC");
  compare.add_flag("--json", options.compare.json, "The table as JSON");
  options.comparing = &compare;

  auto& distances = *app.add_subcommand(
      "distances", "Frechet, JEDi's and MMD between features that another program made of clips");
  distances
      .add_option("REFERENCE", options.distances.reference,
                  "Features of the true clips: .npy of f32 or f64, [n, D] (numpy.save)")
      ->required();
  distances
      .add_option("GENERATED", options.distances.generated,
                  "Those of the generated clips; jedi_v1 wants V-JEPA's, 1280 wide")
      ->required();
  distances.add_flag("--json", options.distances.json, "The table as JSON");
  options.spacing = &distances;

  auto& gather = *app.add_subcommand("gather", "Join the shards of one evaluation");
  gather.add_option("SHARDS", options.gather.shards, "Folders that svg-eval revisit --shard wrote")
      ->required()
      ->expected(1, 100000);
  gather.add_option("-o,--output", options.gather.output, "Folder of the whole")->required();
  gather.add_flag("--json", options.gather.json, "The table as JSON");
  gather.add_flag("--partial", options.gather.partial,
                  "Take what is there, though rows or episodes are missing");
  gather.add_flag("--force", options.gather.force, "Replace the results in -o");
  options.gathering = &gather;

  auto& report = *app.add_subcommand(
      "report", "Results, memories, trainings, videos and pictures as one HTML file");
  report
      .add_option("INPUTS", options.report.inputs,
                  "Results of svg-eval, a memory, a run of svg-pretrain, mp4s, PNGs, or folders of "
                  "these; videos that follow each other play in step")
      ->required()
      ->expected(1, 1000);
  report.add_option("-o,--output", options.report.output, "HTML file to write")
      ->required()
      ->option_text("FILE REQUIRED");
  report.add_option("--title", options.report.title, "Title of the page")
      ->option_text("TEXT [svg report]");
  report.add_flag("--force", options.report.force, "Replace the file");
  options.reporting = &report;
}

int run(const Options& o, svg::Context& context) {
  if (o.measuring->parsed())
    return svg::tools::print(svg::tools::run_session(o.metrics, context), false);
  if (o.comparing->parsed())
    return svg::tools::print(svg::tools::run_session(o.compare, context), o.compare.json);
  if (o.reporting->parsed()) {
    svg::session::eval_report(o.report);
    return 0;
  }
  if (o.tasking->parsed()) {
    svg::tools::run_session(o.tasks, context);
    return 0;
  }
  if (o.spacing->parsed())
    return svg::tools::print(svg::tools::run_session(o.distances, context), o.distances.json);
  if (o.gathering->parsed())
    return svg::tools::print(svg::tools::run_session(o.gather, context), o.gather.json);
  return svg::tools::print(svg::tools::run_session(o.revisit, context), o.revisit.json);
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
