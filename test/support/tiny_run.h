// A tiny model directory and tiny data, made by the project's own sessions from
// test/support/tiny_config: for tests of learning.
#pragma once
#include <filesystem>
#include <string>

#include "libcore/base/context.h"
#include "libcore/session/pretrain.h"
#include "libcore/world/dataset.h"

namespace svg::test {

inline std::string tiny_config() {
  return std::string(SVG_SOURCE_DIR) + "/test/support/tiny_config";
}

inline Context test_context() {
  Context context;
  context.tool = "svg-test";
  return context;
}

// Walks in the tiny maze: 32x16 px, chunks of 4 frames.
inline void write_tiny_data(const std::string& folder, int episodes, int chunks, uint64_t seed) {
  world::DatasetSettings o;
  o.config = world::make_config({.profile = "tiny"});
  o.folder = folder;
  o.episodes = episodes;
  o.min_chunks = o.max_chunks = chunks;
  o.seed = seed;
  world::write_dataset(o);
}

inline session::PretrainOptions tiny_training(const std::string& component,
                                              const std::string& model, const std::string& data,
                                              const std::string& output, int64_t steps) {
  session::PretrainOptions o;
  o.component = enum_from<slow::Component>(component, "component");
  o.files.model = model;
  o.files.data = {data};
  o.loop.output = output;
  o.loop.steps = steps;
  o.loop.batch = 2;
  o.loop.lr = 1e-3;
  o.loop.warmup_steps = 2;
  o.unet.past = "4";
  o.unet.future = 4;
  o.loop.checkpoint_every = 0;
  o.loop.validate_every = 0;
  o.unet.train_text_encoder = true;
  return o;
}

inline void pretrain(const session::PretrainOptions& o, Context& context) {
  session::Report report;
  svg_pretrain_session(o, context, report);
}

// A whole model directory with weights of one update from random ones, and what it was trained on
// in folder/data. Returns its path.
inline std::string make_tiny_model(const std::string& folder) {
  write_tiny_data(folder + "/data", 2, 3, 1);
  auto context = test_context();
  pretrain(tiny_training("vae", tiny_config(), folder + "/data", folder + "/vae", 1), context);
  pretrain(tiny_training("unet", folder + "/vae", folder + "/data", folder + "/model", 1), context);
  return folder + "/model";
}

}  // namespace svg::test
