#include "libcore/video/output_io.h"

#include <unistd.h>

#include "libcore/base/descriptor.h"

namespace svg::video {

OutputIo::OutputIo(const std::string& name) : name_(name == "-" ? "standard output" : name) {
  if (name != "-") file_ = std::make_unique<AtomicFile>(name);
  // A named pipe is a file that cannot go back.
  seekable_ = file_ && lseek(file_->descriptor(), 0, SEEK_CUR) >= 0;
  context_ = new_io(1 << 16, this, nullptr, write_packet, seekable_ ? seek : nullptr);
}

int OutputIo::write_packet(void* self, uint8_t* data, int size) {
  auto& io = *static_cast<OutputIo*>(self);
  if (io.failure_) return AVERROR(EIO);
  try {
    const int descriptor = io.file_ ? io.file_->descriptor() : STDOUT_FILENO;
    write_all(descriptor, std::as_bytes(std::span(data, static_cast<size_t>(size))), io.name_);
    return size;
  } catch (...) {
    io.failure_ = std::current_exception();
    return AVERROR(EIO);
  }
}

int64_t OutputIo::seek(void* self, int64_t offset, int whence) {
  return seek_in(static_cast<OutputIo*>(self)->file_->descriptor(), offset, whence);
}

void OutputIo::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

void OutputIo::finish() {
  avio_flush(context_.get());
  rethrow();
  if (file_) file_->finish();
}

}  // namespace svg::video
