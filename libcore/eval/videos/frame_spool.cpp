#include "libcore/eval/videos/frame_spool.h"

#include "libcore/base/error.h"

namespace svg::eval {

FrameSpool::FrameSpool() {
  const auto path = folder_ / "frames";
  file_.open(path, std::ios::binary | std::ios::in | std::ios::out | std::ios::trunc);
  require(file_.good(), ErrorKind::CannotCreate, path, ": cannot be created");
}

void FrameSpool::add(const video::Image& frame) {
  height_ = frame.height;
  width_ = frame.width;
  file_.write(reinterpret_cast<const char*>(frame.rgb.data()),
              static_cast<std::streamsize>(frame.rgb.size()));
  require(file_.good(), ErrorKind::Io, folder_ / "frames", ": cannot write frame ", count_,
          ": is the disk full?");
  ++count_;
}

video::Image FrameSpool::at(int64_t frame) {
  video::Image image(height_, width_);
  const auto bytes = static_cast<std::streamsize>(image.rgb.size());
  file_.seekg(frame * bytes);
  file_.read(reinterpret_cast<char*>(image.rgb.data()), bytes);
  require(file_.gcount() == bytes, ErrorKind::Io, folder_ / "frames", ": cannot read frame ",
          frame);
  return image;
}

}  // namespace svg::eval
