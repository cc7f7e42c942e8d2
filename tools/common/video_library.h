// The video library, loaded where a tool turns out to need it: FFmpeg brings some two hundred
// libraries, which --help and most inputs do without.
#pragma once

namespace svg::tools {

// The function `symbol` of libsvg_video.so, which stands in lib/ beside bin/. Throws
// Error{Unavailable} if it cannot be loaded.
void* video_symbol(const char* symbol);

}  // namespace svg::tools
