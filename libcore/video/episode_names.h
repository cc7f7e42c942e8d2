// What the episodes of several inputs are called in one stream.
#pragma once
#include <string>
#include <vector>

namespace svg::video {

// For each input its episode's name: as default_episode has it; where two have the same, with as
// many of their folders as tell them apart (a/clip, b/clip), then with the ending (clip.mp4,
// clip.mov), then numbered (clip#2). `wanted`: the name of the only video, and of a manifest the
// episode to take; manifests name their episodes themselves. Throws Error{Usage} where `wanted`
// would name several videos.
std::vector<std::string> episode_names(const std::vector<std::string>& inputs,
                                       const std::string& wanted);

}  // namespace svg::video
