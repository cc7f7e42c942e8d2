// What a pass over the packets of a file says about time. For .cpp files of this folder.
#pragma once
#include <string>

#include "libcore/video/frame_rate.h"
#include "libcore/video/media_input.h"

namespace svg::video {

// The times of the first 100,000 frames of stream `index`, as a pass over the packets
// of a regular file finds them: no frame is decoded. Where a time stamp falls (files joined end to
// end) the times go on. Empty where there are none.
FrameTimes frame_times(const std::string& name, int index);

// Whether a time stamp `step` seconds behind the one before is a joint of two recordings rather
// than a pause: one that falls, and in formats whose clocks restart (MPEG-TS) a leap.
bool is_joint(const AVFormatContext& input, double step);

}  // namespace svg::video
