// One row of what a bank of adapters holds for all of its rows, as tensors by name.
#pragma once
#include <map>
#include <string>

#include "libcore/optim/flat_parameters.h"

namespace svg::fast {

// Row `row` of each of the tensors [E, ...] that `flat` [P], laid out as `like`, holds, under its
// name + `suffix`. Copies on the CPU.
NamedTensors row_of(const optim::FlatParameters& like, const at::Tensor& flat, int64_t row,
                    const std::string& suffix = {});

// Puts such tensors back. Throws Error{Config} where one is missing or has another shape.
void put_row(const optim::FlatParameters& like, const at::Tensor& flat, int64_t row,
             const std::map<std::string, at::Tensor>& tensors, const std::string& suffix = {});

}  // namespace svg::fast
