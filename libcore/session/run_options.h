// What the user may say of a run, in every executable that makes or learns chunks. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/nn/checkpointing.h"

namespace svg::session {

struct RunOptions {
  // The settings that were given, in the form of svg.json: they replace the model's own once that
  // is read (episode::run_settings_of).
  ordered_json settings = ordered_json::object();
  std::vector<std::string> loras;  // FILE[:SCALE] each: added to the base weights
  nn::Checkpointing checkpoint_activations = nn::Checkpointing::None;  // changes no result
  // A memory, DIR or DIR@ID: chunks get the gradient steps that they have there.
  std::string replay;
};

}  // namespace svg::session
