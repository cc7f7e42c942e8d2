// svg-inspect: what one file or folder is. Torch-free.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/session/report.h"

namespace svg::session {

struct InspectOptions {
  std::string path;         // "-": a latent stream on standard input
  bool verify = false;      // also checks every hash, weight, value and data file
  bool provenance = false;  // reports what made it instead
  // Of a manifest to verify: one line for each video that is not what its row states. It takes a
  // decoder, which svg_core has not; empty: videos are not looked into.
  std::function<std::vector<std::string>(const std::string& folder)> problems_of_videos = {};
};

// Problems are logged as errors; with one the exit code is 65. Throws Error{NoInput, Data, Io}
// where nothing can be said about the path.
Report inspect(const InspectOptions&);

}  // namespace svg::session
