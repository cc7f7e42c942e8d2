// Which layers of a UNet carry an adapter.
#pragma once
#include <string>
#include <vector>

#include "libcore/tensor/parameters.h"

namespace svg::fast {

// Whether `layer` is meant by one of the comma-separated `targets`: "attention" is to_q, to_k, to_v
// and to_out.0, "ff" the feed-forward layers, "proj" proj_in and proj_out; anything else is the end
// of a name at a dot.
bool is_target(const std::string& layer, const std::string& targets);

// Indices of the sites that are meant. Throws Error{Usage} where one of the targets fits no layer.
std::vector<size_t> targeted_sites(const std::vector<LoraSite>& sites, const std::string& targets);

}  // namespace svg::fast
