#include "libcore/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"

namespace svg {

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  struct stat info {};
  bool exists = ::stat(path_.c_str(), &info) == 0;
  require(!exists || !S_ISDIR(info.st_mode), ErrorKind::CannotCreate, "cannot create ", path_,
          ": a directory of this name exists");
  // A device or a named pipe cannot be replaced by renaming: it is written as it is.
  bool direct = exists && !S_ISREG(info.st_mode);
  temporary_ = direct ? path_ : path_ + ".tmp-" + std::to_string(::getpid());
  fd_ = ::open(temporary_.c_str(),
               direct ? O_WRONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  require(fd_ >= 0, ErrorKind::CannotCreate, "cannot create ", path_, ": ", system_reason());
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (temporary_ != path_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_all(fd_, bytes, path_);
}
void AtomicFile::write(const std::string& text) {
  write(as_bytes_of(text));
}

void AtomicFile::finish() {
  bool direct = temporary_ == path_;
  require(direct || ::fsync(fd_) == 0, ErrorKind::Io, "cannot write ", path_, ": ",
          system_reason());
  int fd = fd_;
  fd_ = -1;
  std::string reason;
  if (::close(fd) != 0 || (!direct && ::rename(temporary_.c_str(), path_.c_str()) != 0))
    reason = system_reason();
  if (!reason.empty()) {
    if (!direct) ::unlink(temporary_.c_str());
    fail(ErrorKind::Io, "cannot write ", path_, ": ", reason);
  }
  if (!direct) sync_folder_of(path_);
}

void write_file_atomically(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.finish();
}

std::string read_file(const std::string& path, size_t limit) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  require(fd >= 0, ErrorKind::NoInput, "cannot open ", path, ": ", system_reason());
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  struct stat info {};
  require(::fstat(fd, &info) == 0, ErrorKind::Io, "cannot read ", path, ": ", system_reason());
  require(!S_ISDIR(info.st_mode), ErrorKind::NoInput, "cannot read ", path, ": it is a directory");
  std::string text;
  std::byte buffer[1 << 16];
  while (size_t n = read_some(fd, buffer, path)) {
    require(text.size() + n <= limit, ErrorKind::Data, path, ": larger than the limit of ", limit,
            " bytes");
    text.append(reinterpret_cast<const char*>(buffer), n);
  }
  return text;
}

void make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  require(!error, ErrorKind::CannotCreate, "cannot create directory ", path, ": ", error.message());
}

void create_folder_atomically(const std::string& path,
                              const std::function<void(const std::string& temporary)>& fill) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  bool taken = fs::exists(path, ignored) &&
               !(fs::is_directory(path, ignored) && fs::is_empty(path, ignored));
  require(!taken, ErrorKind::CannotCreate, "cannot create ", path, ": it exists");
  std::string clean = path;
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  std::string temporary = clean + ".tmp-" + std::to_string(::getpid());
  make_directories(temporary);
  try {
    fill(temporary);
    bool renamed = std::rename(temporary.c_str(), clean.c_str()) == 0;
    require(renamed, ErrorKind::CannotCreate, "cannot create ", path, ": ", system_reason());
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
  sync_folder_of(clean);
}

}  // namespace svg
