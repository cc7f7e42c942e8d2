// The settings of fast learning (design.md section 6): what a Temp-LoRA is, and what one learning
// of a chunk does. The defaults are the paper's form (SlowFast-VGen, section 3.2, Algorithm 1a).
// Torch-free.
#pragma once
#include <cstdint>
#include <string>

#include "libcore/base/json.h"

namespace svg::fast {

struct FastSettings {
  int64_t rank = 32;
  double alpha = 0;  // 0: the rank, so that the scale alpha / rank is 1
  std::string targets =
      "attention";    // comma-separated: attention, ff, proj, or suffixes of layer names
  int64_t steps = 1;  // gradient steps a chunk
  int64_t batch = 1;  // (timestep, noise) draws a step
  double lr = 1e-4;
  std::string lr_schedule = "constant";  // over the steps of a chunk: constant, cosine
  std::string optimizer = "keep";        // Adam's moments from chunk to chunk: keep, reset
  // consecutive: all of the window is noised, the loss covers it, no text. input-output: the past
  // stays clean, the loss covers the rest, with text (the original Temp-LoRA).
  std::string objective = "consecutive";
  std::string source =
      "local";  // windows from: local (the last X_i ++ Y_i), all (everything so far)
  int64_t timestep_low = 0, timestep_high = 1000;  // t is drawn from [low, high)
  std::string weighting = "eps";                   // squared error of: eps, v, x0
  double reverse = 0;  // share of windows flipped in time, with the action's inverse (or no text)
  std::string text = "auto";  // auto: as the objective says; on; off
  // Largest standard deviation of noise on a window's clean past, as in slow learning: what
  // generation leads to is never quite clean.
  double past_noise = 0;
  int64_t apply_low = 0,
          apply_high = 1000;  // timesteps of the sampler at which the memory is used, [low, high)
  double decay = 0;           // share of the memory's update that goes before each chunk is learned
  // Held-out (t, noise) draws that measure the loss before and after; 0: not measured; below 0: 4
  // where a chunk is learned in as many steps or more, or they decide when to stop; else not, as
  // they would cost more than the learning.
  int64_t check = -1;
  double until = 0;  // no more steps once the held-out loss is at or below this; 0: all steps
  // What learning may take, from measured times: a share of sampling ("5%") or seconds a chunk
  // ("0.2s"); empty: `steps` it is.
  std::string budget;

  bool with_text() const { return text == "on" || (text == "auto" && objective == "input-output"); }
  int64_t held_out_draws() const { return check >= 0 ? check : steps >= 4 || until > 0 ? 4 : 0; }
  double scale() const {
    return (alpha > 0 ? alpha : static_cast<double>(rank)) / static_cast<double>(rank);
  }
  void validate() const;  // throws Error{Usage}
};

ordered_json to_json(const FastSettings&);
// The keys present in `doc` replace those of `base` (svg.json "fast"). Throws Error{Data} for an
// unknown key or a wrong type.
FastSettings fast_settings_from(const json& doc, const FastSettings& base,
                                const std::string& where);

}  // namespace svg::fast
