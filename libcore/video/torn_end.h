// What FFmpeg does not say of a file: that its last frame is cut off.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "libcore/video/file_walk.h"

namespace svg::video {

// Behind the last chunk (IEND) of a PNG or APNG; nothing where the file ends before.
std::optional<int64_t> end_of_png(FileWalk png);

// Whether a file that FFmpeg's demuxer `format` reads (gif, apng, flv, ogg, mpegts) ends inside of
// a block: those demuxers leave it out without a word. False for other formats, for a missing
// trailer, which many programs do not write, and where something else stands behind the blocks.
bool ends_torn(const std::string& format, const std::string& path);

}  // namespace svg::video
