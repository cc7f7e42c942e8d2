// svg-eval compare: what one evaluation has more than another, paired episode by episode: far
// narrower than two intervals side by side, since most of the spread is that of the episodes.
// Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/session/door.h"

namespace svg::session {

struct CompareOptions {
  static constexpr const char* kSession = "svg_compare_session";
  std::vector<std::string>
      results;      // folders of svg-eval revisit; the first is what the others are compared with
  std::string row;  // of each; empty: its only one, else temp-lora
  std::string fail_if_worse;  // a metric: exit 1 where one of the others has less, beyond chance
  bool json = false;
};

}  // namespace svg::session

// Reports the table. Throws Error{Config} where the results are not of the same episodes.
extern "C" svg::session::Session<svg::session::CompareOptions> svg_compare_session;
