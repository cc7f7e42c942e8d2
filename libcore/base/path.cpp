#include "libcore/base/path.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>

#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"

namespace svg {
namespace {

// st_mode, or nothing where nothing stands there.
std::optional<mode_t> mode_of(const std::string& path, bool follow, ErrorKind kind) {
  struct stat info {};
  const int failed = follow ? ::stat(path.c_str(), &info) : ::lstat(path.c_str(), &info);
  if (failed == 0) return info.st_mode;
  const int reason = errno;
  if (reason == ENOENT || reason == ENOTDIR) return std::nullopt;
  fail(kind, kind == ErrorKind::CannotCreate ? "cannot create " : "cannot open ", path, ": ",
       system_reason(reason));
}

std::string target_of(const std::string& link) {
  char target[PATH_MAX];
  const ssize_t n = ::readlink(link.c_str(), target, sizeof target);
  return n < 0 ? std::string() : std::string(target, static_cast<size_t>(n));
}

}  // namespace

bool path_exists(const std::string& path, ErrorKind kind) {
  return mode_of(path, true, kind).has_value();
}

bool is_folder(const std::string& path, ErrorKind kind) {
  const auto mode = mode_of(path, true, kind);
  return mode && S_ISDIR(*mode);
}

bool is_regular_file(const std::string& path, ErrorKind kind) {
  const auto mode = mode_of(path, true, kind);
  return mode && S_ISREG(*mode);
}

bool is_link(const std::string& path, ErrorKind kind) {
  const auto mode = mode_of(path, false, kind);
  return mode && S_ISLNK(*mode);
}

std::string dangling_note(const std::string& path) {
  const std::string target = target_of(path);
  struct stat info {};
  if (target.empty() || ::stat(path.c_str(), &info) == 0) return "";
  return " (a link to " + target + ", which is not there)";
}

std::vector<std::string> names_in(const std::string& folder, ErrorKind kind) {
  std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(folder.c_str()), ::closedir);
  const int reason = errno;
  require(opened != nullptr, kind, "cannot open ", folder, ": ", system_reason(reason));
  std::vector<std::string> names;
  for (errno = 0; const dirent* entry = ::readdir(opened.get()); errno = 0) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  const int failed = errno;
  require(failed == 0, ErrorKind::Io, "cannot read ", folder, ": ", system_reason(failed));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace svg
