#include "libcore/base/descriptor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"

namespace svg {

std::string system_reason() {
  return system_reason(errno);
}

std::string system_reason(int number) {
  return std::strerror(number);
}

namespace {

// The signal of a stop may reach another thread, or come just before a wait: whatever waits for
// another program looks for it this often.
constexpr int kLookEveryMs = 100;
constexpr int kPatienceMs = 1'000;  // with a reader that takes nothing once a stop was asked for

bool may_wait(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && !S_ISREG(info.st_mode);
}

// Until there is something to read, or an end.
void wait_for_input(int descriptor, const std::string& name) {
  pollfd in{descriptor, POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&in, 1, kLookEveryMs);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return;  // what is wrong, read() says
    if (stop_requested()) fail(ErrorKind::Stopped, "stopped while waiting for ", name);
  }
}

// Until there is room for a write of PIPE_BUF bytes.
void wait_for_room(int descriptor) {
  int waited = 0;
  pollfd out{descriptor, POLLOUT, 0};
  for (;;) {
    const int ready = ::poll(&out, 1, kLookEveryMs);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return;  // what is wrong, write() says
    waited = stop_requested() ? waited + kLookEveryMs : 0;
    if (waited >= kPatienceMs) throw Interrupted{};
  }
}

}  // namespace

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name) {
  const bool pipe = may_wait(descriptor);
  while (!bytes.empty()) {
    if (pipe) wait_for_room(descriptor);
    const size_t most = pipe ? std::min<size_t>(bytes.size(), PIPE_BUF) : bytes.size();
    const ssize_t n = ::write(descriptor, bytes.data(), most);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw BrokenPipe{};
      fail(ErrorKind::Io, "cannot write ", name, ": ", system_reason());
    }
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

size_t read_some(int descriptor, std::span<std::byte> bytes, const std::string& name) {
  const bool pipe = may_wait(descriptor);
  for (;;) {
    if (pipe) wait_for_input(descriptor, name);
    ssize_t n = ::read(descriptor, bytes.data(), bytes.size());
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) fail(ErrorKind::Io, "cannot read ", name, ": ", system_reason());
    if (stop_requested()) fail(ErrorKind::Stopped, "stopped while waiting for ", name);
  }
}

}  // namespace svg
