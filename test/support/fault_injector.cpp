// A library for LD_PRELOAD that counts a process's operations on files below one folder, and makes
// one of them go wrong: what a crash, a full disk or a failing device does to a writer, at a moment
// that can be named and repeated.
//   SVG_FAULT_ROOT  folder, absolute: operations elsewhere are not counted
//   SVG_FAULT_LOG   file that gets a line "N operation path" for each operation
//   SVG_FAULT       kill:N        SIGKILL in place of operation N
//                   cut:N         a write is done by half, then SIGKILL; others as kill
//                   fail:N:ERRNO  operation N fails, as EIO (5), ENOSPC (28), EDQUOT (122) do
//                   full:N        from operation N on nothing that needs room succeeds (ENOSPC)
//                   short:N       a write of N takes half of its bytes, which is no error
// Operations: what makes, changes, names or removes a file, and what waits for the disk.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

enum class Mode { Count, Kill, Cut, Fail, Full, Short };

// A function of the C library, whatever this file defines under the same name.
template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

struct Plan {
  Mode mode = Mode::Count;
  long at = -1;
  int error = EIO;
  std::string root;
  int log = -1;
  Plan() {
    const char* folder = std::getenv("SVG_FAULT_ROOT");
    root = folder ? folder : "";
    if (const char* name = std::getenv("SVG_FAULT_LOG")) {
      // A descriptor far up: programs are free to count on theirs being low.
      const int fd = real<int(const char*, int, ...)>("open")(
          name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
      log = fcntl(fd, F_DUPFD_CLOEXEC, 900);
      real<int(int)>("close")(fd);
    }
    const char* what = std::getenv("SVG_FAULT");
    if (!what) return;
    char word[16] = {};
    std::sscanf(what, "%15[a-z]:%ld:%d", word, &at, &error);
    const std::string name = word;
    if (name == "kill") mode = Mode::Kill;
    if (name == "cut") mode = Mode::Cut;
    if (name == "fail") mode = Mode::Fail;
    if (name == "full") mode = Mode::Full;
    if (name == "short") mode = Mode::Short;
  }
};

Plan& plan() {
  static Plan one;
  return one;
}

std::atomic<long> count{0};

std::string absolute(int folder, const char* path) {
  if (path && path[0] == '/') return path;
  char link[64], base[PATH_MAX];
  if (folder == AT_FDCWD) std::snprintf(link, sizeof link, "/proc/self/cwd");
  else std::snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  const ssize_t n = readlink(link, base, sizeof base);
  std::string result(base, n > 0 ? static_cast<size_t>(n) : 0);
  if (path && path[0]) result += std::string("/") + path;
  return result;
}

enum class Need { Room, None };  // whether a full disk refuses it

// Counts the operation. True: it fails, errno says how. May not return.
bool goes_wrong(const char* name, const std::string& path, Need need, long& number) {
  Plan& p = plan();
  number = -1;
  if (p.root.empty() || path.compare(0, p.root.size(), p.root) != 0) return false;
  number = count++;
  if (p.log >= 0) {
    const std::string line = std::to_string(number) + " " + name + " " + path + "\n";
    [[maybe_unused]] auto ignored =
        real<ssize_t(int, const void*, size_t)>("write")(p.log, line.data(), line.size());
  }
  const bool now = number == p.at;
  if (p.mode == Mode::Kill && now) raise(SIGKILL);
  if (p.mode == Mode::Cut && now && std::strcmp(name, "write") != 0) raise(SIGKILL);
  if (p.mode == Mode::Fail && now) {
    errno = p.error;
    return true;
  }
  if (p.mode == Mode::Full && number >= p.at && need == Need::Room) {
    errno = ENOSPC;
    return true;
  }
  return false;
}

bool goes_wrong(const char* name, const std::string& path, Need need) {
  long number = 0;
  return goes_wrong(name, path, need, number);
}

// How much of a write of `size` bytes is done, -1 for none of it.
ssize_t part_of(int fd, size_t size) {
  long number = 0;
  if (goes_wrong("write", absolute(fd, nullptr), Need::Room, number)) return -1;
  const Plan& p = plan();
  const bool now = number >= 0 && number == p.at;
  if (now && (p.mode == Mode::Cut || (p.mode == Mode::Short && size > 1)))
    return static_cast<ssize_t>(size / 2);
  return static_cast<ssize_t>(size);
}

void after_write(ssize_t part, size_t size) {
  if (plan().mode == Mode::Cut && static_cast<size_t>(part) < size) raise(SIGKILL);
}

bool writes(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
  va_end(rest);
  if (writes(flags) && goes_wrong("open", absolute(AT_FDCWD, path), Need::Room)) return -1;
  return real<int(const char*, int, ...)>("open")(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
  va_end(rest);
  return open(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
  va_end(rest);
  if (writes(flags) && goes_wrong("open", absolute(folder, path), Need::Room)) return -1;
  return real<int(int, const char*, int, ...)>("openat")(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>(va_arg(rest, unsigned));
  va_end(rest);
  return openat(folder, path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) {
  if (mode[0] != 'r' && goes_wrong("open", absolute(AT_FDCWD, path), Need::Room)) return nullptr;
  return real<FILE*(const char*, const char*)>("fopen")(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const ssize_t part = part_of(fd, size);
  if (part < 0) return -1;
  const ssize_t done =
      real<ssize_t(int, const void*, size_t)>("write")(fd, bytes, static_cast<size_t>(part));
  after_write(part, size);
  return done;
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  const ssize_t part = part_of(fd, size);
  if (part < 0) return -1;
  const ssize_t done = real<ssize_t(int, const void*, size_t, off_t)>("pwrite")(
      fd, bytes, static_cast<size_t>(part), at);
  after_write(part, size);
  return done;
}

ssize_t writev(int fd, const iovec* pieces, int n) {
  size_t size = 0;
  for (int i = 0; i < n; ++i) size += pieces[i].iov_len;
  const ssize_t part = part_of(fd, size);
  if (part < 0) return -1;
  if (static_cast<size_t>(part) == size)
    return real<ssize_t(int, const iovec*, int)>("writev")(fd, pieces, n);
  std::string joined;
  for (int i = 0; i < n; ++i)
    joined.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  const ssize_t done = real<ssize_t(int, const void*, size_t)>("write")(fd, joined.data(),
                                                                        static_cast<size_t>(part));
  after_write(part, size);
  return done;
}

int ftruncate(int fd, off_t size) {
  if (goes_wrong("truncate", absolute(fd, nullptr), Need::None)) return -1;
  return real<int(int, off_t)>("ftruncate")(fd, size);
}

int fsync(int fd) {
  if (goes_wrong("sync", absolute(fd, nullptr), Need::None)) return -1;
  return 0;  // the disk is not what is tried here
}

int fdatasync(int fd) {
  return fsync(fd);
}

int rename(const char* from, const char* to) {
  if (goes_wrong("rename", absolute(AT_FDCWD, to), Need::Room)) return -1;
  return real<int(const char*, const char*)>("rename")(from, to);
}

int renameat(int a, const char* from, int b, const char* to) {
  if (goes_wrong("rename", absolute(b, to), Need::Room)) return -1;
  return real<int(int, const char*, int, const char*)>("renameat")(a, from, b, to);
}

int renameat2(int a, const char* from, int b, const char* to, unsigned flags) {
  if (goes_wrong("rename", absolute(b, to), Need::Room)) return -1;
  return real<int(int, const char*, int, const char*, unsigned)>("renameat2")(a, from, b, to,
                                                                              flags);
}

int link(const char* from, const char* to) {
  if (goes_wrong("link", absolute(AT_FDCWD, to), Need::Room)) return -1;
  return real<int(const char*, const char*)>("link")(from, to);
}

int linkat(int a, const char* from, int b, const char* to, int flags) {
  if (goes_wrong("link", absolute(b, to), Need::Room)) return -1;
  return real<int(int, const char*, int, const char*, int)>("linkat")(a, from, b, to, flags);
}

int symlink(const char* target, const char* path) {
  if (goes_wrong("link", absolute(AT_FDCWD, path), Need::Room)) return -1;
  return real<int(const char*, const char*)>("symlink")(target, path);
}

int symlinkat(const char* target, int folder, const char* path) {
  if (goes_wrong("link", absolute(folder, path), Need::Room)) return -1;
  return real<int(const char*, int, const char*)>("symlinkat")(target, folder, path);
}

int mkdir(const char* path, mode_t mode) {
  if (goes_wrong("mkdir", absolute(AT_FDCWD, path), Need::Room)) return -1;
  return real<int(const char*, mode_t)>("mkdir")(path, mode);
}

int mkdirat(int folder, const char* path, mode_t mode) {
  if (goes_wrong("mkdir", absolute(folder, path), Need::Room)) return -1;
  return real<int(int, const char*, mode_t)>("mkdirat")(folder, path, mode);
}

int unlink(const char* path) {
  if (goes_wrong("remove", absolute(AT_FDCWD, path), Need::None)) return -1;
  return real<int(const char*)>("unlink")(path);
}

int unlinkat(int folder, const char* path, int flags) {
  if (goes_wrong("remove", absolute(folder, path), Need::None)) return -1;
  return real<int(int, const char*, int)>("unlinkat")(folder, path, flags);
}

int rmdir(const char* path) {
  if (goes_wrong("remove", absolute(AT_FDCWD, path), Need::None)) return -1;
  return real<int(const char*)>("rmdir")(path);
}

int remove(const char* path) {
  if (goes_wrong("remove", absolute(AT_FDCWD, path), Need::None)) return -1;
  return real<int(const char*)>("remove")(path);
}

}  // extern "C"
