// Words in pictures, drawn by FFmpeg's drawtext in the system's sans-serif font.
#pragma once
#include <cstdint>
#include <string>

#include "libcore/video/image.h"

namespace svg::video {

enum class Align { Left, Centre };

// Throws Error{Unavailable} where this FFmpeg cannot draw text or finds no font.
void check_captions();
// One line, black on `grey`, as large as the height allows and, where it is long, the width.
Image caption(const std::string& text, int width, int height, Align align = Align::Centre,
              uint8_t grey = 255);
// The width that a caption of this height takes, in pixels; an estimate that is rather too large.
int caption_width(const std::string& text, int height);

}  // namespace svg::video
