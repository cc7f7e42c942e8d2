#include "libcore/fast/fast_settings.h"

#include <algorithm>

#include "formats/lora/lora_delta.h"
#include "libcore/fast/step_budget.h"

namespace svg::fast {

// Far beyond what is used, so that no number in a model's svg.json overflows a size made of it.
constexpr double kMaxCount = 1'000'000;

// A setting that came later is not written where it changes nothing: what was made before it has
// the same bytes.
static Setting unless(bool without_effect, const Setting& setting) {
  return without_effect ? setting.unrecorded() : setting;
}

std::vector<Setting> settings_of(FastSettings& s) {
  return flags_begin_with(
      "--fast-",
      {
          {"rank", s.rank, "Rank of the Temp-LoRA", between(1, formats::kMaxLoraRank)},
          {"alpha", s.alpha, "Its scale is alpha / rank; 0: the rank", at_least(0)},
          Setting(
              "targets", s.targets,
              "Layers that it adapts, comma-separated: attention, ff, proj, or ends of layer names")
              .with_flag("--lora-targets"),
          {"steps", s.steps, "Gradient steps a chunk", between(0, kMaxCount)},
          unless(s.own_steps < 0,
                 {"own_steps", s.own_steps,
                  "The most of them for a chunk that was generated, not given; -1: all",
                  between(-1, kMaxCount)}),
          {"batch", s.batch, "(timestep, noise) draws a step", between(1, kMaxCount)},
          {"lr", s.lr,
           "Adam's learning rate; of the other rules: root mean square of a tensor's change a step",
           more_than(0)},
          unless(s.rule == Rule::Adam,
                 {"rule", s.rule,
                  "How a step writes: adam; normalised, along the gradient; orthogonal, along the "
                  "orthogonal matrix nearest to it; ridge, into B alone, by "
                  "least squares on what was learned so far; local, without a gradient"}),
          unless(s.rule != Rule::Ridge,
                 {"damping", s.damping,
                  "Of --fast-rule ridge: share of the mean diagonal added to it", more_than(0)}),
          {"lr_schedule", s.lr_schedule, "Learning rate over the steps of a chunk"},
          {"optimizer", s.optimizer, "Adam's moments from chunk to chunk"},
          {"objective", s.objective,
           "consecutive: all frames noised, no text; input-output: past clean, text"},
          {"source", s.source,
           "Windows from the last X_i ++ Y_i (local), from everything so far, or one after the "
           "other from the last on"},
          unless(s.offset == Offset::Chunk,
                 {"offset", s.offset,
                  "Windows begin with a chunk, or with every frame amid two chunks of one action"}),
          unless(s.target == Target::Data,
                 {"target", s.target,
                  "What is learned: the frames (data), or what the model without memory makes of "
                  "the noise when some of them stand in its context"}),
          {"timesteps", s.timesteps, "Timesteps drawn from LO:HI, HI excluded", at_least(0)},
          {"weighting", s.weighting, "What the squared error is of"},
          {"reverse", s.reverse, "Share of windows flipped in time, with the action's inverse",
           between(0, 1)},
          {"text", s.text, "Whether a window has its text; auto: as the objective says"},
          {"past_noise", s.past_noise, "Largest standard deviation of noise on the clean past",
           at_least(0)},
          {"apply", s.apply, "The sampler's timesteps LO:HI at which the memory is used",
           at_least(0)},
          {"decay", s.decay, "Share of the memory's update that goes before each chunk is learned",
           between(0, 1)},
          Setting("check", s.check,
                  "Held-out draws for the loss before and after each chunk; 0: do not measure; -1: "
                  "4, or 0 where a chunk learns in fewer steps",
                  between(-1, kMaxCount))
              .recorded_as("check", s.held_out_draws()),
          unless(s.gate == 0, {"gate", s.gate,
                               "Do not learn a chunk whose held-out loss is at or below this "
                               "already: it is known; 0: learn all",
                               at_least(0)}),
          unless(s.own_gate < 0,
                 {"own_gate", s.own_gate,
                  "The same for a chunk that was generated, not given; -1: as --fast-gate",
                  at_least(-1)}),
          unless(s.guard == 0,
                 {"guard", s.guard,
                  "Undo the learning of a chunk whose held-out loss did not fall to this share of "
                  "what it was; 0: keep all",
                  between(0, 1)}),
          unless(s.own_guard < 0,
                 {"own_guard", s.own_guard,
                  "The same for a chunk that was generated, not given; -1: as --fast-guard",
                  between(-1, 1)}),
          {"until", s.until,
           "Stop learning a chunk once the held-out loss, looked at every 4 steps, is at or below "
           "this; 0: never",
           at_least(0)},
          unless(
              s.init.empty(),
              Setting("init", s.init,
                      "LoRA file that every memory starts from; none: from nothing (default: the "
                      "model's fast/init.safetensors where there is one)")
                  .recorded_as("init", s.init_digest.empty() ? s.init : s.init_digest)),
          {"budget", s.budget,
           "Time for learning, on average over the episode: a share of sampling, 5%, or seconds a "
           "chunk, 0.2s; --fast-steps is then the most of one chunk"},
      });
}

FastSettings FastSettings::for_own_chunk() const {
  auto own = *this;
  own.check = held_out_draws();
  if (own_steps >= 0) own.steps = std::min(steps, own_steps);
  if (own_gate >= 0) own.gate = own_gate;
  if (own_guard >= 0) own.guard = own_guard;
  return own;
}

void FastSettings::validate() const {
  auto s = *this;
  svg::check(settings_of(s));
  require((until == 0 && !gates()) || held_out_draws() > 0, ErrorKind::Usage,
          until > 0      ? "--fast-until"
          : gate > 0     ? "--fast-gate"
          : own_gate > 0 ? "--fast-own-gate"
          : guard > 0    ? "--fast-guard"
                         : "--fast-own-guard",
          " needs the held-out loss: --fast-check 1 or more, or 0 for this flag");
  require(target == Target::Data || objective == Objective::InputOutput, ErrorKind::Usage,
          "--fast-target context needs a clean past: --fast-objective input-output");
  if (!budget.empty()) StepBudget::parse(budget);
}

ordered_json to_json(const FastSettings& settings) {
  auto s = settings;
  return json_of(settings_of(s));
}

FastSettings fast_settings_from(const json& doc, const FastSettings& base,
                                const std::string& where) {
  auto s = base;
  read_settings(settings_of(s), doc, where);
  return s;
}

}  // namespace svg::fast
