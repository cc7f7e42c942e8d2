// What a step of fast learning sees: a window of the episode so far, with noise. Which one, and
// drawn how, is in FastSettings.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "libcore/fast/fast_settings.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/unet3d.h"

namespace svg::fast {

// The episode so far, for E episodes in step: frames and what was done. Chunk 0 is the first that
// was not given as input.
struct EpisodeHistory {
  struct Chunk {
    int64_t first = 0, frames = 0;  // its place in `latents`
    std::vector<at::Tensor> text;   // [L, D] per episode: its action
    std::vector<at::Tensor>
        inverse;  // the action that undoes it; the empty prompt where none is named
  };
  at::Tensor latents;         // [E, N, C, h, w] f32
  std::vector<Chunk> chunks;  // input chunks included
  int64_t learnable = 0;      // chunks[learnable ..] may be learned
};

// Draws that come from a file instead of the seed (design.md section 5): the K = steps x batch
// draws of one chunk.
struct GivenDraws {
  at::Tensor noise;      // [K, F, C, h, w]
  at::Tensor timesteps;  // [K] int64
};

struct FastContext {
  const UNet3D& unet;
  const NoiseSchedule& schedule;
  at::Tensor empty_text;  // [L, D]
  uint64_t seed = 0;
  std::vector<std::string> episodes;  // names, for the draws
  int64_t past = 0;                   // clean frames of a window
};

// A window as learning sees it: clean latents of `frames`, how many of them are past, and a text
// per episode.
struct FastWindow {
  at::Tensor latents;  // [E, P + F, C, h, w]
  int64_t past = 0;
  at::Tensor text;  // [E, L, D]
};
// The window of chunk `chunk`, forward in time: the last `past` frames before it, and it.
FastWindow window_of(const FastContext&, const EpisodeHistory&, int64_t chunk, bool with_text);
// The same way gone back: from the last frame of the chunk to the frame before its first. The past
// is what followed the chunk, turned round, and ends with the chunk's last frame.
FastWindow reversed_window_of(const FastContext&, const EpisodeHistory&, int64_t chunk,
                              bool with_text);

// Noise and timesteps of n draws for each episode, episode slowest. F: the frames that are noised.
struct FastDraws {
  at::Tensor noise;      // [E * n, F, C, h, w]
  at::Tensor timesteps;  // [E * n] int64
};
// The same of given frames, draws first .. first + n - 1 of what `stage` names.
FastDraws draws_for(const FastContext&, const FastSettings&, int64_t chunk, const char* stage,
                    int64_t first, int64_t n, const at::Tensor& frames);
// What step `step` of learning the last chunk of `history` sees.
struct LearningStep {
  FastWindow window;
  FastDraws draws;
};
LearningStep learning_step(const FastContext&, const FastSettings&, const EpisodeHistory& history,
                           int64_t step, const std::optional<GivenDraws>& draws = std::nullopt);

}  // namespace svg::fast
