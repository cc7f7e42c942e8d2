#include "libcore/video/frame_size.h"

#include "libcore/base/error.h"

namespace svg::video {

void check_frame_size(int64_t width, int64_t height, const std::string& where) {
  const bool good = width > 0 && height > 0 && width <= kMaxFrameSide && height <= kMaxFrameSide &&
                    width * height <= kMaxFramePixels;
  require(good, ErrorKind::Data, where, ": frames of ", width, "x", height, ": at most ",
          kMaxFrameSide, " a side and ", kMaxFramePixels, " pixels are read");
}

}  // namespace svg::video
