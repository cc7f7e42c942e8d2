// Rounds of both phases: what the fast phase stored with the weights of a round trains those of the
// next (Algorithm 1b, "until converged").
//   RUN/round-001/   the model directory of the first round, with training/, store/ and held-out/
//   RUN/rounds.jsonl a line for each finished round
//   RUN/model        link to the best round's
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/loop/phases.h"

namespace svg::loop {

struct LoopRun {
  std::string model;
  std::vector<std::string> data, validation;       // manifest directories or latent streams
  ordered_json settings = ordered_json::object();  // as of FastWork
  StoreSettings form;
  BesideSettings beside;
  RoundSettings rounds;
  slow::TrainLoopSettings loop;  // output: RUN; steps, and all that counts them, of a round
  slow::SlowSettings slow;
  Precision save_dtype = Precision::Fp32;
  bool keep_stores = false;  // of finished rounds
};

struct RoundReport {
  int64_t round = 0;
  // On held-out episodes, with the weights that the round began with and those it made: "loss" with
  // the episodes' own memories, "loss_none", "loss_swapped". The memories are those that the first
  // of these weights learned.
  ordered_json before, after;
  int64_t episodes = 0, pairs = 0;
};

// Calls `on_round` after each round, those of a run that goes on included. Throws
// Error{CannotCreate} where RUN holds a run and neither loop.resume nor loop.force is set.
void run_rounds(const LoopRun&, const std::function<void(const RoundReport&)>& on_round, Context&);

}  // namespace svg::loop
