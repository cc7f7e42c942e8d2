// flicker_v1 (VBench's temporal flickering, arXiv 2311.17982): how much a clip that should stand
// still changes from frame to frame.
#pragma once
#include "libcore/eval/pixels/frame_view.h"

namespace svg::eval {

// (255 - mean absolute difference) / 255 of two consecutive frames: 1 where nothing flickers. Only
// clips in which nothing is meant to move tell anything. Throws Error{Config} for two sizes.
double steadiness(const ByteFrame& a, const ByteFrame& b);

}  // namespace svg::eval
