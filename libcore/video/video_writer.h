// Frames into a video, a picture sequence or a pipe, one by one. Nothing appears under the final
// name before finish().
#pragma once
#include <memory>
#include <string>

#include "libcore/video/image.h"

namespace svg::video {

struct WriterOptions {
  double fps = 8;
  // mp4, mov and webm only: the encoder's constant rate factor, 1 (nearly lossless, large) to 51.
  int crf = 14;
  std::string
      comment;  // stored as the file's comment where the format has one (mp4, mov, webm, mkv)
};

// The format follows from the name (video_names.h):
//   *.mp4, *.mov    H.264, yuv420p, which plays everywhere; an odd width or height grows by one,
//   repeating the edge; into a named pipe fragmented, because nothing can be filled in there
//   *.webm          VP9, yuv420p, likewise
//   *.mkv           FFV1 in RGB: lossless
//   *.gif           256 colours a frame, chosen for each frame
//   *.png with %d   one lossless PNG a frame (dir/%05d.png), numbered from 0; the folder is
//   created; frames appear one by one
//   *.png           one picture; a second frame is an error
//   *.y4m, "-"      YUV4MPEG2 with full chroma (C444), "-" on standard output
// The same frames and options give the same bytes. Memory does not grow with the length, but for
// the index of an mp4. Videos are tagged as BT.709, below 720 lines with the matrix of BT.601.
class VideoWriter {
 public:
  // Throws Error{Usage} for any other name or fps <= 0, Error{CannotCreate}, Error{Unavailable}
  // without the encoder.
  explicit VideoWriter(const std::string& name, const WriterOptions& options = {});
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;

  // All frames have the size of the first. Throws Error{Io}, BrokenPipe, Error{Data} for a frame of
  // another size.
  void write(const Image& frame);
  void finish();  // throws Error{Io}, and Error{Data} if there was no frame
  int64_t frames_written() const;

  struct Sink;  // what a format implements

 private:
  std::unique_ptr<Sink> sink_;
  int64_t count_ = 0;
  int height_ = 0, width_ = 0;
  std::string name_;
};

// One picture, written atomically.
void write_png(const std::string& path, const Image& image);

}  // namespace svg::video
