// Which tasks are planned together. Torch-free.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace svg::plan {

// Numbers of the tasks, whose shapes are given, in batches of one shape and at most `most` tasks,
// filled in the order of the tasks.
std::vector<std::vector<size_t>> batches_of_shapes(const std::vector<std::string>& shapes,
                                                   int most);

}  // namespace svg::plan
