#include "libcore/video/standard_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

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

StandardInput::StandardInput()
    : context_(new_io(1 << 15, this, read_packet, nullptr, is_seekable() ? seek : nullptr)) {}

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
  return seek_in(STDIN_FILENO, offset, whence);
}

}  // namespace svg::video
