// The --fast-* flags as the user gave them: what is set replaces the model's own settings.
// Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "libcore/fast/fast_settings.h"

namespace svg::fast {

struct FastFlags {
  std::optional<int64_t> rank, steps, batch, check;
  std::optional<double> alpha, lr, reverse, past_noise, decay, until;
  std::optional<std::string> targets, lr_schedule, optimizer, objective, source, weighting, text,
      budget;
  std::optional<std::string> timesteps, apply;  // LO:HI

  // `base` with what is set here. Throws Error{Usage}.
  FastSettings over(FastSettings base) const;
};

}  // namespace svg::fast
