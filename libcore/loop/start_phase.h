// Learning where fast learning starts, so that few steps store much: the start of all memories
// (Theta_0: A and B) and the rates of their layers are trained, the slow weights are not. Each
// update takes E episodes, writes their first chunks into memories from the start as fast learning
// does, asks the memories for what they should know, and improves the start for what was answered:
// with everything that was learned frozen (first order), or through the last writes.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/loop/loop_settings.h"

namespace svg::loop {

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
