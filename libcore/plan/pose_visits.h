// Which frames of a recording come back to where an earlier one stood, from poses alone: what
// `visits` of a manifest says (formats/manifest.md), for worlds of which nothing else is known.
// Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg::plan {

// The visits of chunks of `chunk_frames` frames, a list each: {"frame", "place", "ord", "first",
// "gap", "covis_ctx": null, "covis_first": null, "bucket"}. A frame is where another was if x and y
// are nearer than half of the longest way between two frames that follow each other, and yaw
// (degrees), where there is one, is within 2 degrees. Frames that stay are one visit, and from the
// second on they are listed. Nothing without x and y.
//   poses [n, fields.size()]
std::vector<ordered_json> visits_of_poses(const std::vector<double>& poses,
                                          const std::vector<std::string>& fields, int chunk_frames);

}  // namespace svg::plan
