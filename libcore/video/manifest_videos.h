// The part of checking a manifest that takes a decoder: formats/data/manifest.h checks the rest.
#pragma once
#include <string>
#include <vector>

#include "formats/data/manifest.h"

namespace svg::video {

// A line for each video that cannot be decoded, is of another size or has fewer frames than its row
// states.
// Throws Error{Unavailable} in a build without FFmpeg.
std::vector<std::string> problems_of_videos(const formats::Manifest& manifest);

// The same for the manifest in `folder`, as a tool finds it that loads this library only when it
// needs it; problems are appended.
using CheckVideos = void(const std::string& folder, std::vector<std::string>& problems);
constexpr const char* kCheckVideos = "svg_check_manifest_videos";

}  // namespace svg::video

extern "C" svg::video::CheckVideos svg_check_manifest_videos;
