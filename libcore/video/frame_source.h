// What VideoReader reads from: frames with their times. For .cpp files of this folder.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libcore/video/ffmpeg.h"
#include "libcore/video/video_reader.h"

namespace svg::video {

struct TimedFrame {
  Image image;
  int64_t time = 0, duration = 0;  // in units of `unit` seconds; the time never falls
  AVRational unit{0, 1};           // 0: the source knows no time
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual std::optional<TimedFrame> next() = 0;
  virtual double fps() = 0;  // 0: not known
};

// One file or "-" (media_source.cpp).
std::unique_ptr<FrameSource> open_media(const std::string& name, const ReaderOptions& options);
// A folder of pictures or a numbered pattern (picture_sequence.cpp); null if `name` is neither.
std::unique_ptr<FrameSource> open_picture_sequence(const std::string& name,
                                                   const ReaderOptions& options);

}  // namespace svg::video
