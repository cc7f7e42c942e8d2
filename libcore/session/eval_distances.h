// svg-eval distances: how far two sets of clips are apart, from features that any network made of
// them elsewhere (metrics.md 2.3, 2.4). Torch-free.
#pragma once
#include <string>

#include "libcore/session/door.h"

namespace svg::session {

struct DistancesOptions {
  static constexpr const char* kSession = "svg_distances_session";
  std::string reference, generated;  // .npy, [n, D]
  bool json = false;
};

}  // namespace svg::session

// Reports the table. Throws Error{NoInput, Data}, Error{Config} for features of two widths.
extern "C" svg::session::Session<svg::session::DistancesOptions> svg_distances_session;
