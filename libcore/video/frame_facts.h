// What a decoded frame says of itself, whatever FFmpeg's version calls it. For .cpp files of this
// folder.
#pragma once
#include <cstdint>

#include "libcore/video/ffmpeg.h"

namespace svg::video {

int64_t duration_of(const AVFrame& frame);  // in units of its stream; 0: not known
bool is_interlaced(const AVFrame& frame);
void mark_interlaced(AVFrame& frame, bool top_first);
// Whether frames of this codec say themselves if they are interlaced; of others the container
// knows.
bool tells_interlace(AVCodecID codec);
// Nine numbers, of the frame or else of its stream; null where there are none.
const int32_t* display_matrix(const AVStream& stream, const AVFrame& frame);

}  // namespace svg::video
