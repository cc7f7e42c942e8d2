// Which frame that was given shows the most of what another pose sees.
#pragma once
#include <cstdint>
#include <vector>

#include "libcore/world/episode.h"

namespace svg::eval {

// For each of the frames [given, last): the one of [0, given) whose pose is nearest, the first of
// equals. A turn by 30 degrees counts as much as half a cell.
std::vector<int64_t> nearest_frames(const std::vector<world::Pose>& poses, int64_t given,
                                    int64_t last);

}  // namespace svg::eval
