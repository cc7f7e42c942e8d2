// svg-eval compare: what one evaluation has more than another, paired episode by episode: far
// narrower than two intervals side by side, since most of the spread is that of the episodes.
// Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"

namespace svg::session {

struct CompareOptions {
  std::vector<std::string>
      results;      // folders of svg-eval revisit; the first is what the others are compared with
  std::string row;  // of each; empty: its only one, else temp-lora
  bool json = false;
};

}  // namespace svg::session

// Throws Error{Config} where the results are not of the same episodes.
extern "C" int svg_compare_session(const svg::session::CompareOptions&, svg::Context&);
