// Which tasks are planned together. Torch-free.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace svg::plan {

// Numbers of the tasks, whose shapes are given, in batches of one shape and at most `most` tasks,
// as even as can be: one is alone only where no other has its shape. In order, in and between
// batches.
std::vector<std::vector<size_t>> batches_of_shapes(const std::vector<std::string>& shapes,
                                                   int most);

}  // namespace svg::plan
