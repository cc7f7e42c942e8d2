#include "libcore/video/output_io.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "libcore/base/descriptor.h"

namespace svg::video {

OutputIo::OutputIo(const std::string& name) : name_(name == "-" ? "standard output" : name) {
  if (name != "-") file_ = std::make_unique<AtomicFile>(name);
  constexpr int kBuffer = 1 << 16;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  if (!buffer) throw std::bad_alloc();
  // A named pipe is a file that cannot go back.
  seekable_ = file_ && lseek(file_->descriptor(), 0, SEEK_CUR) >= 0;
  context_ = avio_alloc_context(buffer, kBuffer, 1, this, nullptr, write_packet,
                                seekable_ ? seek : nullptr);
  if (!context_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

OutputIo::~OutputIo() {
  av_freep(&context_->buffer);
  avio_context_free(&context_);
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
  const int descriptor = static_cast<OutputIo*>(self)->file_->descriptor();
  if (whence & AVSEEK_SIZE) {
    struct stat info {};
    return fstat(descriptor, &info) == 0 ? info.st_size : AVERROR(errno);
  }
  const off_t position = lseek(descriptor, offset, whence & ~AVSEEK_FORCE);
  return position >= 0 ? position : AVERROR(errno);
}

void OutputIo::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

void OutputIo::finish() {
  avio_flush(context_);
  rethrow();
  if (file_) file_->finish();
}

}  // namespace svg::video
