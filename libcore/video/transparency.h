// Whether a decoded frame has pixels that are not opaque. For .cpp files of this folder.
#pragma once
#include "libcore/video/ffmpeg.h"

namespace svg::video {

bool has_transparency(const AVFrame& frame);

}  // namespace svg::video
