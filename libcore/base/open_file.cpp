#include "libcore/base/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"

namespace svg {

int open_file(const std::string& path, int flags) {
  const bool reads = (flags & O_ACCMODE) == O_RDONLY;
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC | (reads ? O_NONBLOCK : 0));
    struct stat info {};
    if (fd >= 0 && reads && ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
      ::close(fd);  // reading it would say so later, as if a device had failed
      errno = EISDIR;
      return -1;
    }
    if (fd >= 0) {
      if (reads) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
      return fd;
    }
    if (errno != EINTR) return fd;
    if (stop_requested()) fail(ErrorKind::Stopped, "stopped while waiting for ", path);
  }
}

}  // namespace svg
