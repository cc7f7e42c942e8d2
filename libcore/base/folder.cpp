#include "libcore/base/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "libcore/base/descriptor.h"

namespace svg {

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Folder Folder::open(const std::string& path, ErrorKind kind, const std::string& failure) {
  Folder folder;
  folder.path_ = path;
  const int fd = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require_system(fd >= 0, kind, failure);
  folder.opened_ = std::make_shared<const Descriptor>(fd);
  return folder;
}

Folder Folder::below(const std::string& name) const {
  Folder folder;
  folder.path_ = path_of(name);
  const int fd =
      ::openat(descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  require_system(fd >= 0, ErrorKind::Data, folder.path_, ": is no folder of its own");
  folder.opened_ = std::make_shared<const Descriptor>(fd);
  return folder;
}

Folder Folder::called(const std::string& path) const {
  Folder folder = *this;
  folder.path_ = path;
  return folder;
}

Descriptor Folder::open_file(const std::string& name, int flags) const {
  return Descriptor(::openat(descriptor(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0666));
}

std::vector<std::string> Folder::names() const {
  // A descriptor of its own: the position in a folder is shared with duplicates.
  const int fd = ::openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, int (*)(DIR*)> listing(fd >= 0 ? ::fdopendir(fd) : nullptr, ::closedir);
  require_system(listing != nullptr, ErrorKind::Io, "cannot read ", path_);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  require_system(errno == 0, ErrorKind::Io, "cannot read ", path_);
  std::sort(names.begin(), names.end());
  return names;
}

void Folder::remove(const std::string& name) const {
  const bool gone = ::unlinkat(descriptor(), name.c_str(), 0) == 0 || errno == ENOENT;
  require_system(gone, ErrorKind::Io, "cannot remove ", path_of(name));
}

bool Folder::remove_tree(const std::string& name) const {
  if (::unlinkat(descriptor(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  bool all = true;
  try {
    const Folder inner = below(name);
    for (const std::string& entry : inner.names()) all = inner.remove_tree(entry) && all;
  } catch (const Error&) {
    return false;
  }
  return ::unlinkat(descriptor(), name.c_str(), AT_REMOVEDIR) == 0 && all;
}

void Folder::sync() const {
  ::fsync(descriptor());
}

Place place_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace svg
