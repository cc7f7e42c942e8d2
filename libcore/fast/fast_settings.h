// The settings of fast learning (design.md section 6): what a Temp-LoRA is, and what one learning
// of a chunk does. The defaults are the paper's form (SlowFast-VGen, section 3.2, Algorithm 1a).
// Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/settings.h"
#include "libcore/optim/schedule.h"

namespace svg::fast {

// Adam's moments from chunk to chunk.
enum class Moments { Keep, Reset };
constexpr auto names_of(Moments) {
  return std::to_array<EnumName<Moments>>({{Moments::Keep, "keep"}, {Moments::Reset, "reset"}});
}

enum class Objective {
  Consecutive,  // all of the window is noised, the loss covers it, no text
  InputOutput  // the past stays clean, the loss covers the rest, with text (the original Temp-LoRA)
};
constexpr auto names_of(Objective) {
  return std::to_array<EnumName<Objective>>(
      {{Objective::Consecutive, "consecutive"}, {Objective::InputOutput, "input-output"}});
}

// How a gradient step writes.
enum class Rule {
  Adam,
  Normalised,  // a gradient step without moments: each tensor's change is scaled to one size
  Orthogonal,  // likewise, along the orthogonal matrix that is nearest to the gradient (Muon)
  Ridge,       // into B alone: the gradient, by the inverse of all A x seen so far (recursive least
               // squares on fixed A)
  Local        // into B alone, without a gradient: the outer product of a layer's output and A x
};
constexpr auto names_of(Rule) {
  return std::to_array<EnumName<Rule>>({{Rule::Adam, "adam"},
                                        {Rule::Normalised, "normalised"},
                                        {Rule::Orthogonal, "orthogonal"},
                                        {Rule::Ridge, "ridge"},
                                        {Rule::Local, "local"}});
}

// Where windows come from.
enum class Source {
  Local,       // the last X_i ++ Y_i
  All,         // everything so far
  NewestFirst  // likewise, one after the other from the last on
};
constexpr auto names_of(Source) {
  return std::to_array<EnumName<Source>>(
      {{Source::Local, "local"}, {Source::All, "all"}, {Source::NewestFirst, "newest-first"}});
}

// Where a window may begin.
enum class Offset {
  Chunk,  // with a chunk
  Every   // with any frame, where what was done before and after it is the same
};
constexpr auto names_of(Offset) {
  return std::to_array<EnumName<Offset>>({{Offset::Chunk, "chunk"}, {Offset::Every, "every"}});
}

// What a window's error is measured from.
enum class Target {
  Data,    // the frames themselves
  Context  // what the model without memory makes of the same noise when some of these frames stand
           // in its context instead of half of the past
};
constexpr auto names_of(Target) {
  return std::to_array<EnumName<Target>>({{Target::Data, "data"}, {Target::Context, "context"}});
}

// What the squared error is of.
enum class Weighting { Eps, V, X0 };
constexpr auto names_of(Weighting) {
  return std::to_array<EnumName<Weighting>>(
      {{Weighting::Eps, "eps"}, {Weighting::V, "v"}, {Weighting::X0, "x0"}});
}

enum class Text { Auto, On, Off };  // Auto: as the objective says
constexpr auto names_of(Text) {
  return std::to_array<EnumName<Text>>(
      {{Text::Auto, "auto"}, {Text::On, "on"}, {Text::Off, "off"}});
}

constexpr const char* kNoStart = "none";

// A new one also takes its line in settings_of(): libcore/base/settings.h says how.
struct FastSettings {
  int64_t rank = 32;
  double alpha = 0;  // 0: the rank, so that the scale alpha / rank is 1
  std::string targets = "attention";
  int64_t steps = 1;       // gradient steps a chunk
  int64_t own_steps = -1;  // the most of them for a chunk that the model itself made; -1: all
  int64_t batch = 1;       // (timestep, noise) draws a step
  double lr = 1e-4;
  Rule rule = Rule::Adam;
  double damping = 0.1;  // of Rule::Ridge: share of the mean diagonal that is added to it
  optim::LrShape lr_schedule = optim::LrShape::Constant;  // over the steps of a chunk
  Moments optimizer = Moments::Keep;
  Objective objective = Objective::Consecutive;
  Source source = Source::Local;
  Offset offset = Offset::Chunk;
  Target target = Target::Data;
  Range timesteps{0, 1000};  // t is drawn from these
  Weighting weighting = Weighting::Eps;
  double reverse = 0;  // share of windows flipped in time, with the action's inverse (or no text)
  Text text = Text::Auto;
  // Largest standard deviation of noise on a window's clean past, as in slow learning: what
  // generation leads to is never quite clean.
  double past_noise = 0;
  Range apply{0, 1000};  // timesteps of the sampler at which the memory is used
  double decay = 0;      // share of the memory's update that goes before each chunk is learned
  // Held-out (t, noise) draws that measure the loss before and after; 0: not measured; below 0: 4
  // where a chunk is learned in as many steps or more, or they decide when to stop; else not, as
  // they would cost more than the learning.
  int64_t check = -1;
  // A chunk whose held-out loss is at or below this, before it is learned, is known and not learned
  // again; 0: all are learned.
  double gate = 0;
  double own_gate = -1;  // the same for a chunk that the model itself made; -1: as `gate`
  // What was learned of a chunk is undone where its held-out loss did not fall to this share of
  // what it was: steps that find nothing to learn only wear the memory out. 0: never.
  double guard = 0;
  double own_guard = -1;  // as own_gate
  double until = 0;       // no more steps once the held-out loss is at or below this; 0: all steps
  // What learning may take, from measured times: a share of sampling ("5%") or seconds a chunk
  // ("0.2s"); empty: `steps` it is.
  std::string budget{};

  // Where every memory starts, Theta_0: a LoRA file (start.h), kNoStart, or empty, as the model
  // says; once that is found (find_start), empty: A at random, B zero. Provenance has the digest.
  std::string init{}, init_digest{};

  bool with_text() const {
    return text == Text::On || (text == Text::Auto && objective == Objective::InputOutput);
  }
  int64_t held_out_draws() const {
    return check >= 0 ? check : steps >= 4 || until > 0 || gates() ? 4 : 0;
  }
  // Whether the held-out loss decides what is learned.
  bool gates() const { return gate > 0 || own_gate > 0 || guard > 0 || own_guard > 0; }
  double scale() const {
    return (alpha > 0 ? alpha : static_cast<double>(rank)) / static_cast<double>(rank);
  }
  // What holds for a chunk that the model itself made.
  FastSettings for_own_chunk() const;
  void validate() const;  // throws Error{Usage}
};

// All of them: the flags --fast-*, and the keys of svg.json's "fast" and of provenance.
std::vector<Setting> settings_of(FastSettings&);
ordered_json to_json(const FastSettings&);
// The keys present in `doc` replace those of `base` (svg.json "fast"). Throws Error{Data} for an
// unknown key or a wrong type.
FastSettings fast_settings_from(const json& doc, const FastSettings& base,
                                const std::string& where);

}  // namespace svg::fast
