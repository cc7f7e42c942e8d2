// The settings of the slow-fast loop (SlowFast-VGen, section 3.3, Algorithm 1b; method.md section
// 3). Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "formats/store/loop_store.h"
#include "libcore/base/precision.h"
#include "libcore/base/settings.h"
#include "libcore/slow/train_settings.h"

namespace svg::loop {

// The fast phase: what is kept of the memories.
struct StoreSettings {
  formats::StoreKind kind = formats::StoreKind::Theta;
  Precision dtype = Precision::Fp16;
  int64_t rank = 0;   // the best approximation of this rank is kept; 0: all of it
  int64_t batch = 8;  // episodes that learn in step
};

// Whose memory stands beside the UNet while it is trained.
enum class Beside {
  Own,     // the loop: the one that its episode had before the chunk
  None,    // plain finetuning
  Swapped  // another episode's, whose actions up to there are the most alike
};
constexpr auto names_of(Beside) {
  return std::to_array<EnumName<Beside>>(
      {{Beside::Own, "own"}, {Beside::None, "none"}, {Beside::Swapped, "swapped"}});
}

// The slow phase, beside the settings of every slow training.
struct BesideSettings {
  Beside memory = Beside::Own;
  double memory_off = 0;  // share of items that are trained without a memory
  // Whether the start of the memories is trained with the weights, and how fast each layer learns
  // from there: first order, with what each memory has learned frozen.
  bool learn_init = false, learn_rates = false;
  double init_lr = 1e-3;
};

// What memories are asked for while their start is trained.
enum class Ask {
  Later,  // chunks that come after those that were learned
  Back    // the way back through learned ones, from the last frame to the first
};
constexpr auto names_of(Ask) {
  return std::to_array<EnumName<Ask>>({{Ask::Later, "later"}, {Ask::Back, "back"}});
}

// The start phase (start_phase.h).
struct StartSettings {
  int64_t learned = 0;         // chunks that are written before any is asked for; 0: half
  int64_t learned_least = -1;  // how many is drawn for each update, from this on; -1: always all
  Ask ask = Ask::Later;
  int64_t questions = 4;       // chunks that are asked for, an update
  std::string ask_text;        // of them, those whose sentence holds this
  int64_t write_gradient = 0;  // the gradient goes through so many of the last writes
  bool learn_rates = false;
  double rate_lr = 1e-2;
};

// Rounds of both phases.
struct RoundSettings {
  int64_t rounds = 3;
  double until = 0;     // no further round where one improved the held-out loss by less; 0: never
  bool online = false;  // no store: each slow update uses the memories of that moment
};

std::vector<Setting> settings_of(StoreSettings&);
std::vector<Setting> settings_of(BesideSettings&);
std::vector<Setting> settings_of(StartSettings&);
std::vector<Setting> settings_of(RoundSettings&);
ordered_json to_json(const StoreSettings&);
ordered_json to_json(const BesideSettings&);
ordered_json to_json(const StartSettings&);

// What the loop takes for slow learning where nothing else is said: the paper's rate, the windows
// of the model.
slow::TrainLoopSettings train_loop_defaults();
// Likewise the start phase.
slow::TrainLoopSettings start_loop_defaults();

}  // namespace svg::loop
