// Learning where fast learning starts, so that few steps store much: the start of all memories
// (Theta_0: A and B) and the rates of their layers are trained, the slow weights are not. Each
// update takes E episodes, writes their first chunks into memories from the start as fast learning
// does, asks the memories for what they should know, and improves the start for what was answered:
// with everything that was learned frozen (first order), or through the last writes.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/loop/loop_settings.h"
#include "libcore/model/pipeline.h"

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

struct StartWork {
  std::string model;
  std::vector<std::string> data, validation;       // manifest directories or latent streams
  ordered_json settings = ordered_json::object();  // that were given, in the form of svg.json
  StartSettings start;
  slow::TrainLoopSettings loop;  // batch: episodes of an update
};
// Trains the start of work.model, or one without anything in it where it has none, and writes
// loop.output: that model with this start (fast/init.safetensors).
void start_phase(const StartWork&, Context&);

}  // namespace svg::loop
