// Between RGB24 and what codecs store, by libswscale, with the same matrix on both ways. For .cpp
// files of this folder.
#pragma once
#include "libcore/video/ffmpeg.h"
#include "libcore/video/image.h"

namespace svg::video {

// Frames without a colour matrix: BT.601 below 720 lines, BT.709 from there on.
AVColorSpace default_matrix(int height);

// A decoded frame as RGB24 of the same size. `scaler` is kept from frame to frame. Throws
// Error{Data} for odd formats.
Image rgb_from_frame(const AVFrame& frame, Scaler& scaler);
// RGB24 into `frame`, whose buffer, size, format and matrix are set; rows and columns beyond the
// image repeat its edge.
void frame_from_rgb(const Image& image, AVFrame& frame, Scaler& scaler);

}  // namespace svg::video
