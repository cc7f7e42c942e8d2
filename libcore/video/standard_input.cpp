#include "libcore/video/standard_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "libcore/base/signals.h"

namespace svg::video {
namespace {

constexpr size_t kHead = 1024;

// A file from its beginning: then offsets in it are offsets of the video.
bool is_seekable() {
  struct stat info {};
  return fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode) &&
         lseek(STDIN_FILENO, 0, SEEK_CUR) == 0;
}

}  // namespace

StandardInput::StandardInput() {
  constexpr int kBuffer = 1 << 15;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  if (!buffer) throw std::bad_alloc();
  context_ = avio_alloc_context(buffer, kBuffer, 0, this, read_packet, nullptr,
                                is_seekable() ? seek : nullptr);
  if (!context_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

StandardInput::~StandardInput() {
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

int StandardInput::read_packet(void* self, uint8_t* data, int size) {
  auto& input = *static_cast<StandardInput*>(self);
  ssize_t got = 0;
  while ((got = ::read(STDIN_FILENO, data, static_cast<size_t>(size))) < 0) {
    if (errno != EINTR) return AVERROR(errno);
    if (stop_requested()) return AVERROR_EXIT;
  }
  if (got == 0) return AVERROR_EOF;
  if (input.at_begin_) {
    const size_t kept = std::min(kHead - input.head_.size(), static_cast<size_t>(got));
    input.head_.insert(input.head_.end(), data, data + kept);
    input.at_begin_ = input.head_.size() < kHead;
  }
  return static_cast<int>(got);
}

int64_t StandardInput::seek(void* self, int64_t offset, int whence) {
  static_cast<StandardInput*>(self)->at_begin_ = false;
  if (whence & AVSEEK_SIZE) {
    struct stat info {};
    return fstat(STDIN_FILENO, &info) == 0 ? info.st_size : AVERROR(errno);
  }
  const off_t position = lseek(STDIN_FILENO, offset, whence & ~AVSEEK_FORCE);
  return position >= 0 ? position : AVERROR(errno);
}

}  // namespace svg::video
