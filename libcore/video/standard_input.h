// Standard input as FFmpeg reads it. For .cpp files of this folder.
#pragma once
#include <cstdint>
#include <vector>

#include "libcore/video/ffmpeg.h"

namespace svg::video {

// Unlike FFmpeg's own pipe it goes back where a file was redirected, and keeps the first bytes, so
// that what cannot be read can be named.
class StandardInput {
 public:
  StandardInput();
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

  AVIOContext* context() { return context_.get(); }
  const std::vector<uint8_t>& head() const { return head_; }  // at most 1024 bytes

 private:
  static int read_packet(void* self, uint8_t* data, int size);
  static int64_t seek(void* self, int64_t offset, int whence);

  Io context_;
  std::vector<uint8_t> head_;
  bool at_begin_ = true;
};

}  // namespace svg::video
