// svg-loop: the slow-fast learning loop (SlowFast-VGen, section 3.3, Algorithm 1b). Torch-free.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/base/shard.h"
#include "libcore/loop/loop_settings.h"
#include "libcore/session/door.h"
#include "libcore/session/run_options.h"

namespace svg::session {

enum class LoopCommand { Fast, Slow, Start, Run };

struct LoopOptions {
  static constexpr const char* kSession = "svg_loop_session";
  LoopCommand command = LoopCommand::Run;
  std::string model;
  std::vector<std::string> data, validation;  // manifest directories or latent streams
  std::string store, held_out;                // of `slow`
  RunOptions run;                             // window and fast learning
  loop::StoreSettings form;
  loop::BesideSettings beside;
  loop::StartSettings start;
  loop::RoundSettings rounds;
  slow::TrainLoopSettings loop = svg::loop::train_loop_defaults();        // output: STORE or RUN
  slow::TrainLoopSettings start_loop = svg::loop::start_loop_defaults();  // of `start`
  slow::SlowSettings slow;
  Precision save_dtype = Precision::Fp32;
  bool keep_stores = false;
  bool estimate = false;
  Shard shard;
  // Called after each round: its number, and the held-out losses before and after it.
  std::function<void(const ordered_json& round)> on_round;
};

}  // namespace svg::session

// Reports what the fast phase stored, or would store; else nothing.
extern "C" svg::session::Session<svg::session::LoopOptions> svg_loop_session;
