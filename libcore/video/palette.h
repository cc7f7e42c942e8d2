// The 256 colours that suit a frame, by libavfilter's palettegen and paletteuse. For .cpp files of
// this folder.
#pragma once
#include <memory>

#include "libcore/video/ffmpeg.h"

namespace svg::video {

class Palette {
 public:
  // Frames of this size, RGB24 in, PAL8 out.
  Palette(int width, int height, AVRational time_base);
  ~Palette();
  // A frame with up to 256 colours keeps them exactly; more are dithered. Throws Error{Internal}.
  Frame apply(const AVFrame& rgb);

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace svg::video
