// One lesson for the start of memories: E episodes are written into memories as fast learning does,
// the memories are asked for what they should know, and the gradient of the answers goes back to
// where they started: with everything that was learned frozen (first order), or through the last
// writes.
#pragma once
#include <vector>

#include "libcore/fast/fast_learning.h"
#include "libcore/loop/loop_settings.h"

namespace svg::loop {

// E episodes in step that are written into memories and asked for.
struct Lesson {
  const fast::FastContext& context;
  const fast::FastSettings& fast;
  const fast::EpisodeHistory& history;
  int64_t learned = 0;  // chunks 1 .. learned are written
  Ask ask = Ask::Later;
  std::vector<int64_t> questions;  // chunks that are asked for, at fast.timesteps
  // What a write adds to the gradient that comes back through it is at most so many times as large
  // as that: where the curve is steep beside the step, it says little, and would grow without end.
  double most_curvature = 1;
};

struct LessonResult {
  std::vector<double> losses;  // of the answers, for each episode
  at::Tensor grads;           // of their mean over episodes by the memories, at the start [P], laid
                              // out as memory.parameters()
  at::Tensor log_rate_grads;  // by the logarithm of each tensor's rate [number of tensors]
  double curvature = 0;  // largest |change of the gradient through a write| beside the gradient
};

// `memory` begins as reset() says, and ends with what was learned. The gradient goes through the
// last `through` writes, which must be of Rule::Normalised: through each by the difference of two
// gradients, so that one costs one more gradient, and a graph is never kept. Leaves the UNet with
// the base weights.
LessonResult give_lesson(const Lesson&, fast::TempLora& memory, int64_t through);

// Losses of the answers without gradients: after the writes, and of memories that have learned
// nothing yet.
struct LessonLosses {
  double own = 0, start = 0, swapped = 0, none = 0;
};
LessonLosses measure_lesson(const Lesson&, fast::TempLora& memory);

}  // namespace svg::loop
