// svg-eval report: results, memories, training runs, videos and pictures as one HTML file that
// needs nothing else. Torch-free; called directly.
#pragma once
#include <string>
#include <vector>

namespace svg::session {

struct EvalReportOptions {
  std::vector<std::string> inputs;
  std::string output, title = "svg report";
  bool force = false;
};

// Throws Error{CannotCreate} where the output exists and `force` is not given.
void eval_report(const EvalReportOptions&);

}  // namespace svg::session
