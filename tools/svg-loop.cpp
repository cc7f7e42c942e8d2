// svg-loop: the slow-fast learning loop. Memories of many episodes in, slow weights that work with
// them out. `fast` learns every episode and stores its memories, `slow` trains the weights with the
// stored ones in place, `run` does both in turn; `start` trains where fast learning starts. Exit
// 75: stopped after saving, --resume goes on. See also: svg-pretrain, svg-fastlearn, svg-memory.
#include <cstdio>
#include <iostream>

#include "libcore/base/error.h"
#include "libcore/session/loop.h"
#include "libcore/slow/train_settings.h"
#include "tools/common/run_options.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {

using namespace svg;
using session::LoopCommand, session::LoopOptions;
using tools::add_setting, tools::add_settings;

const tools::ToolInfo kTool = {
    .name = "svg-loop",
    .summary =
        "The slow-fast learning loop: fold the memories of many episodes back into the slow "
        "weights.",
    .footer =
        "Examples:\n"
        "  svg-loop run --model M --data train --validation val --rounds 3 --steps 500 -o RUN\n"
        "  svg-loop fast --model M --data train.latents --shard 2/8 -o STORE\n"
        "  svg-loop slow --model M --store STORE --held-out VAL-STORE --steps 500 -o RUN\n"
        "  svg-loop slow --model M --store STORE --memory none --steps 500 -o FINETUNED\n"
        "  svg-loop start --model M --data train --fast-steps 3 --fast-rule normalised "
        "--write-gradient 6 --steps 300 -o M2\n"
        "Settings in the model's svg.json replace the defaults of --past, --future and fast "
        "learning.\n"
        "Exit 75: stopped after saving; the same command with --resume goes on, bit for bit.",
    .device = true,
    .seed = true,
    .progress = true,
};

struct Options {
  LoopOptions loop;
  std::string shard;
  bool json = false;
};

void add_model(CLI::App& app, Options& o) {
  app.add_option("--model", o.loop.model, "Model directory")->required();
}

void add_data(CLI::App& app, Options& o) {
  app.add_option("--data", o.loop.data, "Manifest directories or latent streams")->required();
}

void add_output(CLI::App& app, Options& o, const std::string& what, slow::TrainLoopSettings& loop) {
  app.add_option("-o,--output", loop.output, what)->required();
  app.add_flag("--resume", loop.resume, "Go on with what is there");
  app.add_flag("--json", o.json, "Results as JSON");
}

void add_fast_phase(CLI::App& app, Options& o) {
  add_settings(app, loop::settings_of(o.loop.form));
  auto* learning = app.add_option_group("Fast learning");
  tools::add_sampling_options(*learning, o.loop.run, {"past"});
  // Its episodes learn in step, in a time that nobody looks at.
  tools::add_fast_options(*learning, o.loop.run, {"budget", "until"});
}

void add_slow_phase(CLI::App& app, Options& o) {
  add_settings(app, loop::settings_of(o.loop.beside));
  auto* training = app.add_option_group("Slow learning");
  add_settings(*training, slow::settings_of(o.loop.loop));
  // The windows are the model's own.
  add_settings(*training, without(slow::settings_of(o.loop.slow), {"past", "future"}));
  add_setting(app, Setting("save_dtype", o.loop.save_dtype, "dtype of the saved weights"));
  app.add_flag("--force", o.loop.loop.force, "Start anew where RUN holds a run");
}

void add_options(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  auto& fast = *app.add_subcommand(
      "fast", "Learn every episode chunk by chunk; store each chunk with the memory before it");
  add_model(fast, o);
  add_data(fast, o);
  add_output(fast, o, "STORE: folder of the store", o.loop.loop);
  fast.add_option("--shard", o.shard, "Part I of N of the episodes alone, into the same store")
      ->option_text("I/N");
  fast.add_flag("--estimate", o.loop.estimate, "Print how large the store would be, learn nothing");
  add_fast_phase(fast, o);
  fast.callback([&o] { o.loop.command = LoopCommand::Fast; });

  auto& slow = *app.add_subcommand("slow", "Train the slow weights with stored memories in place");
  add_model(slow, o);
  slow.add_option("--store", o.loop.store, "Store that svg-loop fast wrote with this model")
      ->required();
  slow.add_option("--held-out", o.loop.held_out,
                  "Store of other episodes: the loss on them is measured");
  add_output(slow, o, "RUN: a model directory, plus training/", o.loop.loop);
  add_slow_phase(slow, o);
  slow.callback([&o] { o.loop.command = LoopCommand::Slow; });

  auto& start = *app.add_subcommand(
      "start", "Train where fast learning starts, so that few steps store much");
  add_model(start, o);
  add_data(start, o);
  start.add_option("--validation", o.loop.validation, "The same, held out");
  add_output(start, o, "RUN: the model with that start, fast/init.safetensors, plus training/",
             o.loop.start_loop);
  start.add_flag("--force", o.loop.start_loop.force, "Start anew where RUN holds a run");
  add_settings(start, loop::settings_of(o.loop.start));
  add_settings(*start.add_option_group("Training"),
               without(slow::settings_of(o.loop.start_loop), {"accumulate", "sample_every"}));
  auto* written = start.add_option_group("Fast learning");
  tools::add_sampling_options(*written, o.loop.run, {"past"});
  tools::add_fast_options(*written, o.loop.run, {"budget", "until", "gate", "decay"});
  start.callback([&o] { o.loop.command = LoopCommand::Start; });

  auto& run = *app.add_subcommand("run", "Both in turn, round after round");
  add_model(run, o);
  add_data(run, o);
  run.add_option("--validation", o.loop.validation, "The same, held out");
  add_output(run, o, "RUN: a folder for each round, rounds.jsonl, and model, a link to the best",
             o.loop.loop);
  add_settings(run, loop::settings_of(o.loop.rounds));
  run.add_flag("--keep-stores", o.loop.keep_stores, "Keep the stores of finished rounds");
  add_fast_phase(run, o);
  add_slow_phase(run, o);
  run.callback([&o] { o.loop.command = LoopCommand::Run; });
}

void print_round(const ordered_json& round) {
  const auto text = [](const ordered_json& losses, const char* key) {
    char out[24] = "-";
    if (losses.is_object() && losses.contains(key))
      std::snprintf(out, sizeof out, "%.5f", losses[key].get<double>());
    return std::string(out);
  };
  if (round["round"] == 1)
    std::cout << "held-out loss with memory:  own before   after  none before   after  swapped "
                 "before   after\n";
  const auto &before = round["before"], &after = round["after"];
  char line[160];
  std::snprintf(line, sizeof line, "round %3lld %28s %7s %12s %7s %15s %7s\n",
                round["round"].get<long long>(), text(before, "loss").c_str(),
                text(after, "loss").c_str(), text(before, "loss_none").c_str(),
                text(after, "loss_none").c_str(), text(before, "loss_swapped").c_str(),
                text(after, "loss_swapped").c_str());
  std::cout << line << std::flush;
}

int run(const Options& given, Context& context) {
  auto o = given.loop;
  if (!given.shard.empty()) o.shard = shard_from(given.shard);
  o.on_round = [&](const ordered_json& round) {
    given.json ? static_cast<void>(std::cout << round.dump() << "\n"
                                             << std::flush)
               : print_round(round);
  };
  auto report = tools::run_session(o, context);
  if (given.json && report.json.is_null()) return 0;
  return tools::print(report, given.json);
}

}  // namespace

int main(int argc, char** argv) {
  return tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
