// What FFmpeg leaves in a file without a word. For .cpp files of this folder.
#pragma once
#include <cstdint>
#include <string>

namespace svg::video {

// Bytes of the file behind the one video that FFmpeg's demuxer `format` finds in it: whole videos,
// where files have been joined end to end. Of formats that FFmpeg reads to their end always 0.
int64_t unread_bytes(const std::string& format, const std::string& path);

}  // namespace svg::video
