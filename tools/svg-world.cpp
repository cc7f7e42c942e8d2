// svg-world: renders worlds with ground truth: single episodes (rollout) and data sets (dataset).
#include <iostream>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/world/dataset.h"
#include "libcore/world/script.h"
#include "tools/common/tool_main.h"

namespace {
using namespace svg;
using namespace svg::world;

enum class Command { Rollout, Dataset, List };

struct Options {
  Command command = Command::List;
  std::string world = "maze", size, script, split = "train", chunks, sentences, folder;
  ConfigChoice choice;
  Seeds seeds;
  std::string path;
  int episodes = 0, jobs = 1;
  bool faces = false, force = false, json = false;
};

void add_world_flags(CLI::App& app, Options& o) {
  app.add_option("--world", o.world, "World to render: maze")->capture_default_str();
  app.add_option("--profile", o.choice.profile,
                 "Size and motion of the world: full, small, tiny or view")
      ->capture_default_str();
  app.add_option("--size", o.size,
                 "Frame size WxH in px (full profile: multiples of 8 from 32 to 256)");
  app.add_option("--frames", o.choice.frames, "Frames per chunk; 0: the profile's")
      ->capture_default_str();
  app.add_option("--max-turn", o.choice.max_turn, "Fastest turn in degrees per frame; 0: no limit")
      ->capture_default_str();
  app.add_option("--sentences", o.sentences,
                 "Which paraphrases to use: plain (one per verb), train or held-out");
  app.add_option("-o,--output", o.folder, "Folder to write; it must not exist")->required();
  app.add_flag("--force", o.force, "Replace the folder if it exists");
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  CLI::App* rollout = app.add_subcommand("rollout", "Write one episode with all its ground truth");
  add_world_flags(*rollout, o);
  rollout->add_option("--geometry", o.seeds.geometry, "Seed of the layout")->required();
  rollout
      ->add_option("--appearance", o.seeds.appearance,
                   "Seed of the textures, of the same split as the layout's")
      ->required();
  rollout->add_option("--path", o.path,
                      "Seed of the path and its sentences (default: that of --seed)");
  rollout->add_option("--script", o.script, "What happens in the episode: one of svg-world list")
      ->required();
  rollout->add_option("--chunks", o.chunks, "Chunks of the episode")->required();
  rollout->callback([&o] { o.command = Command::Rollout; });

  CLI::App* dataset =
      app.add_subcommand("dataset", "Write many episodes for training or evaluation");
  add_world_flags(*dataset, o);
  dataset->add_option("--episodes", o.episodes, "Number of episodes")->required();
  dataset
      ->add_option("--split", o.split,
                   "Data set split: train, val, test or ood (each owns a range of seeds)")
      ->capture_default_str();
  dataset->add_option("--script", o.script,
                      "What happens in the episodes: one of svg-world list (default: walk)");
  dataset->add_option(
      "--chunks", o.chunks,
      "Chunks of an episode: N, or LO:HI drawn for each (default: walk 18, others 64; tiny "
      "and small: walk 8:16, others 20)");
  dataset->add_option("-j,--jobs", o.jobs, "Threads; they do not change the result")
      ->capture_default_str();
  dataset->add_flag("--faces", o.faces, "Also write the face ids of every pixel");
  dataset->callback([&o] { o.command = Command::Dataset; });

  CLI::App* list = app.add_subcommand("list", "Name the worlds, profiles and scripts");
  list->add_flag("--json", o.json, "One JSON object instead of a table");
  list->callback([&o] { o.command = Command::List; });
}

int whole_number(const std::string& text, const std::string& flag) {
  require(
      !text.empty() && text.size() < 8 && text.find_first_not_of("0123456789") == std::string::npos,
      ErrorKind::Usage, flag, " ", text, ": expected a whole number");
  return std::stoi(text);
}

WorldConfig config_of(const Options& o) {
  require(o.world == "maze", ErrorKind::Usage, "unknown world ", o.world, ": expected maze");
  ConfigChoice choice = o.choice;
  if (!o.size.empty()) {
    size_t cross = o.size.find('x');
    require(cross != std::string::npos, ErrorKind::Usage, "--size ", o.size,
            ": expected WxH, such as 64x64");
    choice.width = whole_number(o.size.substr(0, cross), "--size");
    choice.height = whole_number(o.size.substr(cross + 1), "--size");
  }
  return make_config(choice);
}

int run_rollout(const Options& o, const Context& context) {
  RolloutOptions r{config_of(o), o.folder, o.script, o.seeds, whole_number(o.chunks, "--chunks")};
  r.seeds.path =
      o.path.empty() ? context.seed : static_cast<uint64_t>(whole_number(o.path, "--path"));
  if (!o.sentences.empty()) r.sentences = enum_from<Sentences>(o.sentences, "--sentences");
  r.force = o.force;
  DatasetReport report = write_rollout(r);
  log_info(cat(report.frames, " frames -> ", o.folder));
  return 0;
}

int run_dataset(const Options& o, const Context& context) {
  DatasetOptions d;
  d.config = config_of(o);
  d.folder = o.folder;
  if (!o.script.empty()) d.script = o.script;
  d.split = o.split;
  d.episodes = o.episodes;
  bool walk = d.script == "walk";
  std::string chunks = !o.chunks.empty()     ? o.chunks
                       : d.config.one_room() ? (walk ? "8:16" : "20")
                                             : (walk ? "18" : "64");
  size_t colon = chunks.find(':');
  d.min_chunks = whole_number(chunks.substr(0, colon), "--chunks");
  d.max_chunks = colon == std::string::npos ? d.min_chunks
                                            : whole_number(chunks.substr(colon + 1), "--chunks");
  d.seed = context.seed;
  d.threads = o.jobs;
  if (!o.sentences.empty()) d.sentences = enum_from<Sentences>(o.sentences, "--sentences");
  d.faces = o.faces;
  d.force = o.force;
  DatasetReport report;
  {
    Progress progress(context.progress, "episode", o.episodes);
    report = write_dataset(d, [&](size_t done) { progress.update(static_cast<int64_t>(done)); });
  }
  log_info(cat(report.episodes, " episodes, ", report.frames, " frames -> ", o.folder));
  return 0;
}

int run_list(const Options& o) {
  ordered_json out{{"worlds", {"maze"}},
                   {"profiles", ordered_json::object()},
                   {"scripts", ordered_json::array()}};
  for (const char* profile : {"full", "small", "tiny", "view"}) {
    WorldConfig c = make_config({.profile = profile});
    out["profiles"][profile] = {
        {"width", c.width},
        {"height", c.height},
        {"frames", c.frames},
        {"turns", c.turns},
        {"steps", c.steps},
        {"cell_per_step", static_cast<double>((c.step_q16 * 1000 + kCell / 2) / kCell) / 1000},
        {"textures", texture_bank(c.profile).trained},
        {"fps", c.fps}};
  }
  for (const ScriptInfo& script : all_scripts())
    out["scripts"].push_back(
        {{"name", script.name}, {"summary", script.summary}, {"one_room", script.one_room}});
  if (o.json) {
    std::cout << out.dump(2) << "\n";
    return 0;
  }
  for (const auto& [name, p] : out["profiles"].items())
    std::cout << "profile maze/" << name << ": " << p["width"] << "x" << p["height"]
              << ", chunks of " << p["frames"] << " frames, turns " << p["turns"].dump()
              << " degrees, walks " << p["steps"].dump() << " steps of " << p["cell_per_step"]
              << " cell, " << p["textures"] << " textures\n";
  for (const ScriptInfo& script : all_scripts())
    std::cout << "script " << script.name << ": " << script.summary
              << (script.one_room ? "" : " (full and view)") << "\n";
  return 0;
}

int run(const Options& o, Context& context) {
  if (o.command == Command::List) return run_list(o);
  return o.command == Command::Rollout ? run_rollout(o, context) : run_dataset(o, context);
}

}  // namespace

int main(int argc, char** argv) {
  static const svg::tools::ToolInfo info{
      .name = "svg-world",
      .summary =
          "Render worlds with ground truth: a seed in, a folder of episodes (frames, poses, "
          "actions, face "
          "ids) out.",
      .footer =
          "Examples:\n"
          "  svg-world rollout --world maze --geometry 2000007 --appearance 2000007 --script "
          "turn-around "
          "--chunks 20 -o walk\n"
          "  svg-world dataset --world maze --profile tiny --episodes 10000 --seed 1 -j 2 -o data\n"
          "Seeds of the splits: train [0,10^6), val [10^6,2*10^6), test [2*10^6,3*10^6), ood from "
          "3*10^6.",
      .seed = true,
      .progress = true};
  return svg::tools::tool_main<Options>(argc, argv, info, add_options, run);
}
