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
#include "libcore/base/open_file.h"

namespace svg {
namespace {

// A model is hundreds of small tensors: on a file system of a network each write takes its time.
constexpr size_t kGathered = size_t{1} << 18;

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  require(!exists || !S_ISDIR(info.st_mode), ErrorKind::CannotCreate, "cannot create ", path,
          ": a directory of this name exists");
  // A device or a named pipe cannot be replaced by renaming: it is written as it is.
  direct_ = exists && !S_ISREG(info.st_mode);
  if (direct_) {
    temporary_.opened = Descriptor(open_file(path, O_WRONLY));
    require_system(descriptor() >= 0, ErrorKind::CannotCreate, "cannot create ", path);
    return;
  }
  const Place place = place_of(path);
  name_ = place.name;
  folder_ = Folder::open(place.folder, ErrorKind::CannotCreate, "cannot create " + path);
  temporary_ = make_temporary_file(folder_, name_);
}

AtomicFile::AtomicFile(const Folder& folder, const std::string& name)
    : path_(folder.path_of(name)),
      name_(name),
      folder_(folder),
      temporary_(make_temporary_file(folder, name)) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.name.empty()) ::unlinkat(folder_.descriptor(), temporary_.name.c_str(), 0);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (gathered_.size() + bytes.size() > kGathered) flush();
  if (direct_ || bytes.size() > kGathered) return write_all(descriptor(), bytes, path_);
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
}
void AtomicFile::write(const std::string& text) {
  write(as_bytes_of(text));
}

void AtomicFile::flush() {
  if (!gathered_.empty()) write_all(descriptor(), gathered_, path_);
  gathered_.clear();
}

void AtomicFile::finish() {
  flush();
  const int fd = descriptor();
  require_system(direct_ || ::fsync(fd) == 0, ErrorKind::Io, "cannot write ", path_);
  if (!direct_) {
    const int failed = ::renameat(folder_.descriptor(), temporary_.name.c_str(),
                                  folder_.descriptor(), name_.c_str());
    require_system(failed == 0, ErrorKind::Io, "cannot write ", path_);
    temporary_.name.clear();
    folder_.sync();
  }
  // Some file systems say only now that there was no room.
  const int closed = ::close(temporary_.opened.release());
  require_system(closed == 0 || errno == EINTR, ErrorKind::Io, "cannot write ", path_);
}

AtomicFolder::AtomicFolder(const std::string& path) : path_(path) {
  const Place place = place_of(path);
  const bool named =
      !place.name.empty() && place.name != "." && place.name != ".." && place.name != "/";
  require(named, ErrorKind::CannotCreate, "cannot create \"", path, "\": it has no name");
  name_ = place.name;
  if (!place.folder.empty()) make_directories(place.folder);
  parent_ = Folder::open(place.folder, ErrorKind::CannotCreate, "cannot create " + path);
  temporary_ = make_temporary_folder(parent_, name_);
}

AtomicFolder::~AtomicFolder() {
  if (!finished_) parent_.remove_tree(temporary_.name);
}

Folder AtomicFolder::folder() const {
  return parent_.below(temporary_.name).called(path_);
}

void AtomicFolder::finish() {
  const int failed = ::renameat(parent_.descriptor(), temporary_.name.c_str(), parent_.descriptor(),
                                name_.c_str());
  require_system(failed == 0, ErrorKind::CannotCreate, "cannot create ", path_);
  finished_ = true;
  parent_.sync();
}

void AtomicFolder::replace() {
  const int parent = parent_.descriptor();
  const char *made = temporary_.name.c_str(), *final_name = name_.c_str();
  if (::renameat2(parent, made, parent, final_name, RENAME_EXCHANGE) != 0) {
    if (errno == ENOENT) return finish();
    // No exchange here (NFS, some overlays): the old folder steps aside for a moment.
    const std::string aside = temporary_name(name_);
    const bool moved = ::renameat(parent, final_name, parent, aside.c_str()) == 0;
    require_system(moved, ErrorKind::CannotCreate, "cannot replace ", path_);
    if (::renameat(parent, made, parent, final_name) != 0) {
      const int reason = errno;
      ::renameat(parent, aside.c_str(), parent, final_name);
      fail(ErrorKind::CannotCreate, "cannot replace ", path_, ": ", system_reason(reason));
    }
    temporary_.name = aside;
  }
  finished_ = true;
  parent_.sync();
  require(parent_.remove_tree(temporary_.name), ErrorKind::Io, "cannot remove ",
          parent_.path_of(temporary_.name), ", which ", path_, " was before");
}

void write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.finish();
}

void write_file_atomically(const std::string& path, const std::string& text) {
  write_file_atomically(path, as_bytes_of(text));
}

void write_file_atomically(const Folder& folder, const std::string& name, const std::string& text) {
  AtomicFile file(folder, name);
  file.write(text);
  file.finish();
}

std::string read_file(const std::string& path, size_t limit) {
  const Descriptor opened(open_file(path, O_RDONLY));
  const int fd = opened.number();
  require_system(fd >= 0, ErrorKind::NoInput, "cannot open ", path);
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
  std::error_code ignored;
  namespace fs = std::filesystem;
  bool taken = fs::exists(path, ignored) &&
               !(fs::is_directory(path, ignored) && fs::is_empty(path, ignored));
  require(!taken, ErrorKind::CannotCreate, "cannot create ", path, ": it exists");
  AtomicFolder folder(path);
  fill(folder.temporary_path());
  folder.finish();
}

}  // namespace svg
