// What a video's time stamps say about its frame rate. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libcore/video/image.h"

namespace svg::video {

struct FrameRate {
  double fps = 0;                    // 0: nothing can be said (pictures, a single frame)
  bool variable = false;             // the frames do not follow one another at this rate
  double shortest = 0, longest = 0;  // seconds between two frames
};

struct FrameTimes {
  std::vector<double> times;  // of the frames, in seconds, in any order
  double last = 0;            // how long the last one stands; 0: not known
  double tick = 0;            // what the times are multiples of
};

// nominal: the rate that the file states, 0 for none. It stands where the times agree with it
// (within 1 %); else it is the average, frames over time: containers state the reciprocal of their
// smallest interval, which for a screen recording or a GIF is far too high. A last frame that
// stands longer than two others is a pause at the end, and not counted.
FrameRate frame_rate_of(const FrameTimes& frames, double nominal);

// Frames at given times to frames at a constant rate, as FFmpeg's fps filter does with
// round=near: each frame stands from its own tick to the next frame's, is repeated or left out as
// it falls, and a clip of any length keeps at least one frame.
class Resampler {
 public:
  // tick: the frame's time in units of the new rate, rounded to the nearest; never falls.
  void push(Image frame, int64_t tick);
  // end_tick: where the last frame ends.
  void finish(int64_t end_tick);
  // The next frame of the constant rate, if the frames so far determine it.
  std::optional<Image> next();

 private:
  std::optional<Image> held_, following_;
  int64_t held_until_ = 0, next_tick_ = 0;
  bool started_ = false, finished_ = false, given_ = false;
};

}  // namespace svg::video
