#include "libcore/base/line_file.h"

#include <fcntl.h>

#include "libcore/base/descriptor.h"
#include "libcore/base/hash.h"

namespace svg {
namespace {

constexpr int kAppend = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;

}  // namespace

LineFile LineFile::named(const std::string& path) {
  Descriptor opened(::open(path.c_str(), kAppend, 0666));
  require_system(static_cast<bool>(opened), ErrorKind::CannotCreate, path, ": cannot be written");
  return {std::move(opened), path};
}

LineFile LineFile::in(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  Descriptor opened(::open(path.c_str(), kAppend | O_NOFOLLOW, 0666));
  require_system(static_cast<bool>(opened), ErrorKind::CannotCreate, path, ": cannot be written");
  return {std::move(opened), path};
}

void LineFile::write(const std::string& line) {
  if (opened_) write_all(opened_.number(), as_bytes_of(line + "\n"), path_);
}

}  // namespace svg
