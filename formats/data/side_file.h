// The f32 side files of a manifest: a row of numbers for each frame. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "formats/data/manifest.h"

namespace svg::formats {

// [n, fields] of the episode's file `name` ("act", "pose"). Throws Error{NoInput, Io}, Error{Data}
// where it is not there, too short, or holds numbers that are not finite.
std::vector<float> read_rows(const Manifest& manifest, const EpisodeRow& row,
                             const std::string& name, size_t fields);

}  // namespace svg::formats
