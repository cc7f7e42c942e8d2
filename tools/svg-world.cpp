// svg-world: renders worlds with ground truth: single episodes (rollout) and data sets (dataset);
// serves a world as an environment (serve) and checks environments of others (check).
#include <iostream>

#include "libcore/session/world.h"
#include "tools/common/tool_main.h"

namespace {
using namespace svg;
using namespace svg::session;

enum class Command { Rollout, Dataset, List, Serve, Check };

struct Options {
  Command command = Command::List;
  WorldRolloutOptions rollout;
  WorldDatasetOptions dataset;
  WorldOptions serve;
  WorldCheckOptions check;
  bool json = false;
};

void add_config_flags(CLI::App& app, WorldOptions& o) {
  app.add_option("--world", o.world, "World: maze or table")->capture_default_str();
  app.add_option("--profile", o.choice.profile,
                 "Size and motion of the world: full, small, tiny or view; table: full or tiny")
      ->capture_default_str();
  app.add_option("--size", o.size,
                 "Frame size WxH in px (full profile: multiples of 8 from 32 to 256)");
  app.add_option("--frames", o.choice.frames, "Frames per chunk; 0: the profile's")
      ->capture_default_str();
  app.add_option("--max-turn", o.choice.max_turn, "Fastest turn in degrees per frame; 0: no limit")
      ->capture_default_str();
}

void add_world_flags(CLI::App& app, WorldOptions& o) {
  add_config_flags(app, o);
  app.add_option("--sentences", o.sentences,
                 "Which paraphrases to use: plain (one per verb), train or held-out");
  app.add_flag("--flow", o.flow,
               "Also write the depth of every pixel, and how far it moves until the next frame");
  app.add_option("-o,--output", o.folder, "Folder to write; it must not exist")->required();
  app.add_flag("--force", o.force, "Replace the folder if it exists");
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  CLI::App* rollout = app.add_subcommand("rollout", "Write one episode with all its ground truth");
  add_world_flags(*rollout, o.rollout);
  rollout->add_option("--geometry", o.rollout.seeds.geometry, "Seed of the layout")->required();
  rollout
      ->add_option("--appearance", o.rollout.seeds.appearance,
                   "Seed of the textures, of the same split as the layout's")
      ->required();
  rollout->add_option("--path", o.rollout.path,
                      "Seed of the path and its sentences (default: that of --seed)");
  rollout
      ->add_option("--script", o.rollout.script,
                   "What happens in the episode: one of svg-world list")
      ->required();
  rollout->add_option("--chunks", o.rollout.chunks, "Chunks of the episode")->required();
  rollout->callback([&o] { o.command = Command::Rollout; });

  CLI::App* dataset =
      app.add_subcommand("dataset", "Write many episodes for training or evaluation");
  add_world_flags(*dataset, o.dataset);
  dataset->add_option("--episodes", o.dataset.episodes, "Number of episodes")->required();
  dataset
      ->add_option("--split", o.dataset.split,
                   "Data set split: train, val, test or ood (each owns a range of seeds)")
      ->capture_default_str();
  dataset->add_option(
      "--script", o.dataset.script,
      "What happens in the episodes: one of svg-world list (default: walk; table: play)");
  dataset->add_option(
      "--chunks", o.dataset.chunks,
      "Chunks of an episode: N, or LO:HI drawn for each (default: walk 18, others 64; tiny "
      "and small: walk 8:16, others 20; table: 20, tasks as they need)");
  dataset->add_option("-j,--jobs", o.dataset.jobs, "Threads; they do not change the result")
      ->capture_default_str();
  dataset->add_flag("--faces", o.dataset.faces, "Also write the face ids of every pixel");
  dataset->callback([&o] { o.command = Command::Dataset; });

  CLI::App* serve = app.add_subcommand(
      "serve",
      "Serve a world as an environment: requests on standard input, pixels on descriptor 3");
  add_config_flags(*serve, o.serve);
  serve->callback([&o] { o.command = Command::Serve; });

  CLI::App* check = app.add_subcommand(
      "check", "Run an environment and say which rules of the protocol it keeps");
  check->add_option("command", o.check.command, "Shell command that starts the environment")
      ->required();
  check
      ->add_option("--time-limit", o.check.time_limit,
                   "Seconds for each operation; 0: 60 for hello, 30 for reset, 10 for others")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  check->add_flag("--json", o.json, "One JSON object a check instead of a line");
  check->callback([&o] { o.command = Command::Check; });

  CLI::App* list = app.add_subcommand("list", "Name the worlds, profiles and scripts");
  list->add_flag("--json", o.json, "One JSON object instead of a table");
  list->callback([&o] { o.command = Command::List; });
}

int run(const Options& o, Context& context) {
  if (o.command == Command::Rollout) world_rollout(o.rollout, context);
  if (o.command == Command::Dataset) world_dataset(o.dataset, context);
  if (o.command == Command::List) {
    const Report report = world_list();
    std::cout << (o.json ? report.json.dump(2) + "\n" : report.text);
  }
  if (o.command == Command::Serve) world_serve(o.serve);
  if (o.command == Command::Check) {
    return world_check(o.check, [&](const std::string& line, const ordered_json& json) {
      std::cout << (o.json ? json.dump() : line) << std::endl;
    });
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  static const svg::tools::ToolInfo info{
      .name = "svg-world",
      .summary =
          "Render worlds with ground truth: a seed in, a folder of episodes (frames, poses, "
          "actions, face "
          "ids) out; serve them as environments.",
      .footer =
          "Examples:\n"
          "  svg-world rollout --world maze --geometry 2000007 --appearance 2000007 --script "
          "turn-around "
          "--chunks 20 -o walk\n"
          "  svg-world dataset --world maze --profile tiny --episodes 10000 --seed 1 -j 2 -o data\n"
          "  svg-world serve --world maze --profile tiny      # an environment: a client's "
          "command\n"
          "  svg-world check 'python3 adapter.py'\n"
          "Seeds of the splits: train [0,10^6), val [10^6,2*10^6), test [2*10^6,3*10^6), ood from "
          "3*10^6.",
      .seed = true,
      .progress = true};
  return svg::tools::tool_main<Options>(argc, argv, info, add_options, run);
}
