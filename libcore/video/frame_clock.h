// When the frames of a file are shown, and how many come in a second. For .cpp files of this
// folder.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "libcore/video/media_input.h"
#include "libcore/video/remarks.h"
#include "libcore/video/video_reader.h"

namespace svg::video {

class FrameClock {
 public:
  struct Times {
    int64_t time, duration;  // in units of unit() seconds; the time never falls
  };

  // Looks at the packets of a regular file once. Warns of a variable rate.
  FrameClock(AVFormatContext& input, AVStream& stream, const std::string& path,
             const ReaderOptions& options);

  double fps() const { return rate_; }  // 0: not known
  AVRational unit() const;              // 0: pictures, which have no times

  // Of the next frame, in the order of showing; what is not known follows from the rate.
  Times next(const AVFrame& frame);

 private:
  double stated_rate(AVStream& stream);
  double plausible(double rate) const;
  int64_t period_in_units() const;

  AVFormatContext& input_;
  AVRational stream_unit_;
  std::string path_;
  ReaderOptions options_;
  Remarks remarks_;
  bool pictures_;
  double rate_ = 0;
  std::optional<Times> latest_;
  int64_t offset_ = 0;  // of the times behind a joint
};

}  // namespace svg::video
