// Frames out of any video or image that FFmpeg reads, one by one; memory does not grow with the
// length.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "libcore/video/image.h"

namespace svg::video {

struct ReaderOptions {
  // Size of the frames given; 0: that of the source. Else the largest centred part of the source
  // that has the wanted aspect ratio is taken (rounded to whole pixels) and scaled to the size: by
  // area averaging where it shrinks, bicubic where it grows, not at all where it fits.
  int width = 0, height = 0;
};

class VideoReader {
 public:
  // `name`: a file, an image pattern (dir/%05d.png), or "-" for standard input (y4m, or anything
  // that needs no seeking). The first video stream is taken, every frame of it as it is stored (no
  // resampling in time); transparency is dropped. Without a colour matrix in the file, YUV is
  // BT.601 below 720 lines, BT.709 from there on. Throws Error{NoInput} if it cannot be opened,
  // Error{Data} if FFmpeg finds no video in it, Error{Unavailable} if this FFmpeg lacks the
  // decoder.
  explicit VideoReader(const std::string& name, const ReaderOptions& options = {});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;

  // The next frame; nullopt behind the last. Throws Error{Data} for damaged frames and for a size
  // that changes on the way while none is given in the options, Interrupted when a stop was asked
  // for.
  std::optional<Image> next();
  int64_t frames_read() const;
  // Frames a second as the file says; 0 where it says nothing (images).
  double fps() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The frame cropped and scaled as ReaderOptions say: for frames that come from elsewhere (raw
// files).
Image fit(const Image& source, int width, int height);

}  // namespace svg::video
