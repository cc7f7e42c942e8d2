// The frames of a video on the disk, for what needs them in another order than they come in.
#pragma once
#include <cstdint>
#include <fstream>

#include "libcore/base/scratch_folder.h"
#include "libcore/video/image.h"

namespace svg::eval {

// Raw pictures of one size in a file in TMPDIR, gone with the object.
class FrameSpool {
 public:
  FrameSpool();                         // throws Error{CannotCreate}
  void add(const video::Image& frame);  // throws Error{Io}
  video::Image at(int64_t frame);       // throws Error{Io}
  int64_t count() const { return count_; }

 private:
  ScratchFolder folder_;
  std::fstream file_;
  int height_ = 0, width_ = 0;
  int64_t count_ = 0;
};

}  // namespace svg::eval
