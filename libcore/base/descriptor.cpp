#include "libcore/base/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"

namespace svg {

std::string system_reason() {
  return system_reason(errno);
}

std::string system_reason(int number) {
  return std::strerror(number);
}

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name) {
  while (!bytes.empty()) {
    ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw BrokenPipe{};
      fail(ErrorKind::Io, "cannot write ", name, ": ", system_reason());
    }
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

size_t read_some(int descriptor, std::span<std::byte> bytes, const std::string& name) {
  for (;;) {
    ssize_t n = ::read(descriptor, bytes.data(), bytes.size());
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) fail(ErrorKind::Io, "cannot read ", name, ": ", system_reason());
    if (stop_requested()) fail(ErrorKind::Stopped, "stopped while waiting for ", name);
  }
}

void sync_folder_of(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace svg
