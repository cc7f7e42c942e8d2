// What memory costs: recall against the share of time that learning takes, over several results of
// svg-eval revisit. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/eval/report/page.h"

namespace svg::eval {

// `folders`: of results. Those called NAME-N, whose row "temp-lora" learned in N steps a chunk, are
// the points of a curve NAME. Two charts: of the time of a chunk as it was sampled, and of one
// sampled in 50 guided steps, as in the paper. Nothing where no curve has two points. Throws
// Error{Data} for malformed files.
void add_price(Page& page, const std::vector<std::string>& folders);

}  // namespace svg::eval
