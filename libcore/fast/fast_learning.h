// Fast learning: the memory of an episode is trained a little on each chunk (SlowFast-VGen,
// section 3.2, Algorithm 1a; method.md section 2). One code path for every form: what differs is in
// FastSettings.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <vector>

#include "libcore/fast/temp_lora.h"
#include "libcore/fast/window.h"

namespace svg::fast {

struct FastReport {
  std::vector<double> loss_before,
      loss_after;            // per episode, on draws held out from learning; empty: not measured
  std::vector<double> loss;  // mean of the steps' own losses, per episode
  int64_t steps = 0;         // made
};

// May end the learning of a chunk before settings.steps. Empty functions say yes.
struct StepGate {
  std::function<bool()> opens;  // asked once: whether the chunk is learned at all
  std::function<bool(int64_t made)>
      allows;  // asked before each step, and after the last: whether one more is made after `made`
};

// Learns the last chunk of `history` (index chunks.size() - 1) into `memory`; with source "all",
// windows come from every chunk so far. Leaves the UNet with the base weights alone, also where it
// throws. settings.until is for one episode alone.
FastReport fast_learn(const FastContext&, const FastSettings&, TempLora& memory,
                      const EpisodeHistory& history,
                      const std::optional<GivenDraws>& draws = std::nullopt,
                      const StepGate& gate = {});

// Squared error of each row [E * n], in the parameterisation asked for; of `wanted`, a prediction
// of the model [E * n, F, C, h, w], where that is defined, instead of the window's own frames.
at::Tensor window_losses(const FastContext&, const FastSettings&, const FastWindow&,
                         const FastDraws&, const at::Tensor& wanted = {});
// What the model predicts when half of the past is frames of the window's own future, spread over
// it (Target::Context), [E * n, F, C, h, w].
at::Tensor prediction_in_context(const FastContext&, const FastWindow&, const FastDraws&);
// The gradient of an update, into memory.parameters().grads; its side path is in use. Returns the
// losses.
at::Tensor fast_gradient(const FastContext&, const FastSettings&, TempLora& memory,
                         const FastWindow&, const FastDraws&);
// One update of `memory`, whose side path is in use, at rate `lr`. Returns the loss of each draw
// before it, [E * n].
at::Tensor fast_step(const FastContext&, const FastSettings&, double lr, TempLora& memory,
                     const FastWindow&, const FastDraws&);

}  // namespace svg::fast
