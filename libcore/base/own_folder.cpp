#include "libcore/base/own_folder.h"

#include <sys/stat.h>

#include "libcore/base/error.h"
#include "libcore/base/path.h"

namespace svg {
namespace {

// Whether `path` is the working directory or above it.
bool holds_working_directory(const std::string& path) {
  struct stat wanted {
  }, at{};
  if (::stat(path.c_str(), &wanted) != 0) return false;
  std::string up = ".";
  for (ino_t below = 0; ::stat(up.c_str(), &at) == 0 && at.st_ino != below; up += "/..") {
    if (at.st_dev == wanted.st_dev && at.st_ino == wanted.st_ino) return true;
    below = at.st_ino;
  }
  return false;
}

}  // namespace

void check_replaceable(const std::string& path, const OwnFolder& own) {
  constexpr auto kKind = ErrorKind::CannotCreate;
  require(is_folder(path, kKind) && !is_link(path, kKind), kKind, path,
          ": is no folder of its own (--force replaces only ", own.things, " that ", own.tool,
          " wrote)");
  require(!holds_working_directory(path), kKind, path,
          ": is the working directory or above it; --force does not replace that");
  const auto names = names_in(path, kKind);
  bool marked = names.empty();
  for (const std::string& name : names) {
    marked = marked || name == own.marker;
    require(own.wrote(name), kKind, path, ": holds ", name, ", which ", own.tool,
            " did not write; --force replaces only ", own.things, " of its own");
  }
  require(marked, kKind, path, ": holds no ", own.marker, "; --force replaces only ", own.things,
          " that ", own.tool, " wrote");
}

}  // namespace svg
