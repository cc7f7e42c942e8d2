// What a frame looks like in four numbers: those that drift when a model feeds on its own output.
// Computed in integers, so that they are the same on every machine.
#pragma once
#include "libcore/eval/pixels/frame_view.h"

namespace svg::eval {

struct Appearance {
  double saturation = 0;          // mean of HSV's saturation (hsv.h), 0 to 255
  double luminance = 0;           // mean of 0.299 R + 0.587 G + 0.114 B (BT.601), 0 to 255
  double luminance_std = 0;       // its population deviation over the pixels
  double laplacian_variance = 0;  // of the luminance's 3 x 3 Laplacian, mirrored at the border
                                  // (OpenCV's BORDER_REFLECT_101): sharpness
};

Appearance appearance(const ByteFrame& frame);

}  // namespace svg::eval
