// What FFmpeg does not say of a file: that its last frame is cut off.
#pragma once
#include <string>

namespace svg::video {

// Whether a file that FFmpeg's demuxer `format` reads (gif, flv, ogg, mpegts) ends inside of a
// block: those demuxers leave it out without a word. False for other formats, for a missing
// trailer, which many programs do not write, and where something else stands behind the blocks.
bool ends_torn(const std::string& format, const std::string& path);

}  // namespace svg::video
