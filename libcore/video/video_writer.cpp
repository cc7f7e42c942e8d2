#include "libcore/video/video_writer.h"

#include "libcore/base/error.h"
#include "libcore/video/sinks.h"

namespace svg::video {
VideoWriter::VideoWriter(const std::string& name, const WriterOptions& options)
    : name_(name == "-" ? "standard output" : name) {
  require(options.fps > 0 && options.fps <= 1000, ErrorKind::Usage,
          "frames a second must be above 0 and at most 1000, not ", options.fps);
  require(options.crf >= 1 && options.crf <= 51, ErrorKind::Usage,
          "the constant rate factor must be 1 to 51, not ", options.crf);
  const auto container = container_of(name);
  require(container.has_value(), ErrorKind::Usage, "cannot tell the video format of \"", name,
          "\": expected ", kVideoNames);
  sink_ = *container == Container::Pictures ? open_pictures(name)
                                            : open_container(*container, name, options);
}

VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;

void VideoWriter::write(const Image& frame) {
  if (count_ == 0) height_ = frame.height, width_ = frame.width;
  require(frame.height == height_ && frame.width == width_, ErrorKind::Data, name_, ": frame ",
          count_, " is ", frame.width, "x", frame.height, ", those before ", width_, "x", height_);
  sink_->write(frame, count_);
  ++count_;
}

void VideoWriter::finish() {
  require(count_ > 0, ErrorKind::Data, name_, ": there is not one frame to write");
  sink_->finish();
}

int64_t VideoWriter::frames_written() const {
  return count_;
}

}  // namespace svg::video
