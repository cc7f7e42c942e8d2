// Which frames of a video show a place again, as its manifest says.
#pragma once
#include <vector>

#include "libcore/eval/features/scene_return.h"
#include "libcore/eval/videos/video_set.h"

namespace svg::eval {

// By the frames of open_feed(): visits whose frames are in no chunk's output are left out. Those of
// the bucket "shifted" are marked. Empty
// where there is no manifest, or none in it.
std::vector<Return> returns_of(const VideoRef& video);

}  // namespace svg::eval
