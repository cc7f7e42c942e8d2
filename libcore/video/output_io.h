// FFmpeg's byte output into an AtomicFile or standard output, with our errors. For .cpp files of
// this folder.
#pragma once
#include <exception>
#include <memory>
#include <string>

#include "libcore/base/atomic_file.h"
#include "libcore/video/ffmpeg.h"

namespace svg::video {

class OutputIo {
 public:
  explicit OutputIo(const std::string& name);  // "-": standard output. Throws Error{CannotCreate}
  OutputIo(const OutputIo&) = delete;
  OutputIo& operator=(const OutputIo&) = delete;

  AVIOContext* context() { return context_.get(); }
  // Whether a muxer may go back and fill in what it knows only at the end.
  bool seekable() const { return seekable_; }
  // Throws what a write inside FFmpeg threw, which could not pass through its C code.
  void rethrow() const;
  void finish();  // flushes, renames

 private:
  static int write_packet(void* self, uint8_t* data, int size);
  static int64_t seek(void* self, int64_t offset, int whence);

  std::string name_;
  std::unique_ptr<AtomicFile> file_;  // null: standard output
  Io context_;
  bool seekable_ = false;
  std::exception_ptr failure_;
};

}  // namespace svg::video
