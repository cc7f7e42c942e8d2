// Which frames of an episode open_feed() gives.
#pragma once
#include <cstdint>
#include <vector>

#include "libcore/eval/videos/video_set.h"

namespace svg::eval {

// Of a manifest's episode: the numbers of those of its chunks' outputs, in the order in which they
// are fed. Empty for anything else, whose frames all are.
std::vector<int64_t> fed_frames(const VideoRef& video);

}  // namespace svg::eval
