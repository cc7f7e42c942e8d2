// Frames out of any video or image that FFmpeg reads, one by one; memory does not grow with the
// length.
#pragma once
#include <cstdint>
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
  // The picture as a player shows it: turned upright (EXIF orientation, display matrix). Off: as
  // stored.
  bool autorotate = true;
  // Nothing of a player's work is done, the turn included: pixels that are not square, fields of
  // interlaced frames and HDR values come as they are stored, each with a warning.
  bool as_stored = false;
  // Frames a second that count instead of the file's time stamps; 0: those.
  double assume_fps = 0;
  // Resampled to so many frames a second (frame_rate.h); 0: every frame of the source, once.
  double fps = 0;
  // Seconds from the first frame on; a duration of 0 is all. Pictures have times only with
  // assume_fps.
  double start = 0, duration = 0;
  int64_t every = 1;      // each n-th frame of those
  bool salvage = false;   // a damaged or cut-off video ends, with a warning, before the damage
  bool skip_bad = false;  // pictures of a folder or pattern that cannot be read are left out
  bool quiet = false;     // no warnings: for a pass that only looks
};

class VideoReader {
 public:
  // `name`: a file, an image pattern (dir/%05d.png), a folder of pictures (in natural order: 2
  // before 10), or "-" for standard input (y4m, or anything that needs no seeking). A gap in the
  // numbers of pictures is named in a warning. The first video stream is taken; without
  // `options.fps` every frame of it, once. Frames come as a player shows them, upright, with square
  // pixels, deinterlaced, HDR mapped to SDR where libavfilter can; a line says so. Transparency is
  // dropped, with a warning. Without a colour matrix in the file, YUV is BT.601 below 720 lines,
  // BT.709 from there on. Descriptions that cameras and editors add to JPEG, PNG and WebP (EXIF,
  // profiles, bytes behind the picture) may be damaged. Throws Error{NoInput} if it cannot be
  // opened, Error{Data} if FFmpeg finds no video in it, or one of a format that refers to other
  // files (playlists), Error{Unavailable} if this FFmpeg lacks the decoder, Error{Usage} for
  // options that do not fit the input.
  explicit VideoReader(const std::string& name, const ReaderOptions& options = {});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;

  // The next frame; nullopt behind the last. Throws Error{Data} for damaged frames (saying how many
  // whole ones stand before) and for a size that changes on the way while none is given in the
  // options, Interrupted when a stop was asked for.
  std::optional<Image> next();
  int64_t frames_read() const;
  // Frames a second of what next() gives; 0 where nothing says so (pictures, a single frame). For a
  // variable rate it is the average, and a warning says so.
  double fps() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The frame cropped and scaled as ReaderOptions say: for frames that come from elsewhere (raw
// files). pixel_aspect: width of a stored pixel over its height.
Image fit(const Image& source, int width, int height, double pixel_aspect = 1);

}  // namespace svg::video
