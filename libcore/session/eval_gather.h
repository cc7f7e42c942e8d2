// svg-eval gather: joins the shards of one revisit evaluation, made by separate processes or
// machines, into the folder that one process would have made. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/session/door.h"

namespace svg::session {

struct GatherOptions {
  static constexpr const char* kSession = "svg_gather_session";
  std::vector<std::string> shards;  // folders of svg-eval revisit --shard
  std::string output;
  bool partial = false;  // rows may lack episodes that others have
  bool force = false;
  bool json = false;
};

}  // namespace svg::session

// Reports the table. Throws Error{Config} for shards of different settings, Error{Data} where a
// cell is there twice, or missing.
extern "C" svg::session::Session<svg::session::GatherOptions> svg_gather_session;
