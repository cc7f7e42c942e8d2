#include "libcore/loop/loop_settings.h"

#include "formats/lora/lora_delta.h"

namespace svg::loop {

constexpr double kMaxCount = 1'000'000;

static Setting unless(bool without_effect, const Setting& setting) {
  return without_effect ? setting.unrecorded() : setting;
}

std::vector<Setting> settings_of(StoreSettings& s) {
  return {
      Setting(
          "store_kind", s.kind,
          "What is kept of the memories: theta, each of them, or replay, none: they are learned "
          "again when the store is read")
          .with_flag("--store"),
      {"store_dtype", s.dtype, "dtype of stored memories"},
      {"store_rank", s.rank,
       "Store the best approximation of this rank of each memory; 0: all of it",
       between(0, static_cast<double>(formats::kMaxLoraRank))},
      Setting("episode_batch", s.batch, "Episodes that learn in step", between(1, kMaxCount)),
  };
}

std::vector<Setting> settings_of(BesideSettings& s) {
  return {
      Setting("memory", s.memory,
              "Whose memory stands beside the weights: the episode's own (the loop), none (plain "
              "finetuning) or another episode's (swapped)"),
      {"memory_off", s.memory_off, "Share of items that are trained without a memory",
       between(0, 1)},
      unless(!s.learn_init,
             {"learn_init", s.learn_init,
              "Train the start of the memories, too, into the model's fast/: what each has learned "
              "stands fixed on it"}),
      unless(!s.learn_rates,
             {"learn_rates", s.learn_rates, "And the rates at which their layers learn"}),
      unless(!s.learn_init && !s.learn_rates,
             {"init_lr", s.init_lr, "Learning rate of the start and the rates", more_than(0)}),
  };
}

std::vector<Setting> settings_of(StartSettings& s) {
  return {
      {"learned", s.learned,
       "Chunks of an episode that are learned before any is asked for; 0: half of them",
       between(0, kMaxCount)},
      unless(s.learned_least < 0,
             {"learned_least", s.learned_least,
              "How many is drawn for each update, from this to --learned; -1: always --learned",
              between(-1, kMaxCount)}),
      {"ask", s.ask,
       "What memories are asked for: chunks that come later, or the way back through learned ones"},
      {"questions", s.questions, "Chunks that are asked for, an update", between(1, kMaxCount)},
      unless(s.ask_text.empty(), {"ask_text", s.ask_text,
                                  "Of them, only those whose sentence holds this, as \"back\""}),
      {"write_gradient", s.write_gradient,
       "The gradient goes through so many of the last steps of learning; 0: what was learned is "
       "frozen",
       between(0, kMaxCount)},
      {"learn_rates", s.learn_rates, "Train the rates at which the layers learn, too"},
      {"rate_lr", s.rate_lr, "Learning rate of the logarithms of these rates", more_than(0)},
  };
}

std::vector<Setting> settings_of(RoundSettings& s) {
  return {
      {"rounds", s.rounds, "Rounds at most", between(1, kMaxCount)},
      {"until", s.until,
       "Stop after a round that improved the held-out loss with memories by less than this; 0: "
       "make all rounds",
       at_least(0)},
      {"online", s.online,
       "Keep no store: a batch of episodes is rolled along, and each slow update uses its memories "
       "of that moment"},
  };
}

ordered_json to_json(const StoreSettings& s) {
  auto copy = s;
  return json_of(settings_of(copy));
}

ordered_json to_json(const BesideSettings& s) {
  auto copy = s;
  return json_of(settings_of(copy));
}

ordered_json to_json(const StartSettings& s) {
  auto copy = s;
  return json_of(settings_of(copy));
}

slow::TrainLoopSettings start_loop_defaults() {
  slow::TrainLoopSettings s;
  s.lr = 1e-3;
  s.batch = 8;
  s.warmup_steps = 0;
  s.ema_decay = 0.99;
  return s;
}

slow::TrainLoopSettings train_loop_defaults() {
  slow::TrainLoopSettings s;
  s.lr = 5e-6;
  s.warmup_steps = 0;
  return s;
}

}  // namespace svg::loop
