// In place of FFmpeg where it was left out of the build (SVG_VIDEO=OFF): raw frames of a manifest
// are read, everything else is refused.
#include "libcore/base/error.h"
#include "libcore/video/caption.h"
#include "libcore/video/sinks.h"
#include "libcore/video/video_reader.h"

namespace svg::video {

namespace {

[[noreturn]] void refuse(const std::string& name) {
  fail(
      ErrorKind::Unavailable, name,
      ": this build reads and writes no videos and pictures: build with -DSVG_VIDEO=ON and FFmpeg");
}

}  // namespace

struct VideoReader::Impl {};
VideoReader::VideoReader(const std::string& name, const ReaderOptions&) {
  refuse(name);
}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
std::optional<Image> VideoReader::next() {
  return std::nullopt;
}
int64_t VideoReader::frames_read() const {
  return 0;
}
double VideoReader::fps() const {
  return 0;
}

void check_captions() {
  refuse("captions");
}
Image caption(const std::string&, int, int, Align, uint8_t) {
  refuse("captions");
}
int caption_width(const std::string&, int) {
  return 0;
}

Image fit(const Image& source, int width, int height, double) {
  if ((width == 0 || width == source.width) && (height == 0 || height == source.height))
    return source;
  refuse(cat("scaling to ", width, "x", height));
}

std::unique_ptr<VideoWriter::Sink> open_container(Container, const std::string& name,
                                                  const WriterOptions&) {
  refuse(name);
}
std::unique_ptr<VideoWriter::Sink> open_pictures(const std::string& pattern) {
  refuse(pattern);
}
void write_png(const std::string& path, const Image&) {
  refuse(path);
}

}  // namespace svg::video
