#include "libcore/base/temporary_name.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "libcore/base/descriptor.h"

namespace svg {
namespace {

constexpr const char* kMark = ".tmp-";
constexpr size_t kMarkSize = 5, kDigits = 16;

// The temporaries that stood in a folder when this process first wrote to it, by the name they are
// for. Each folder is listed once: data sets have thousands of files.
std::vector<std::string> found_at_first(const Folder& folder, const std::string& name) {
  static std::mutex mutex;
  // Device, number and birth: numbers are used again.
  using Key = std::tuple<uint64_t, uint64_t, int64_t, uint32_t>;
  static std::map<Key, std::multimap<std::string, std::string>> seen;
  struct statx info {};
  if (::statx(folder.descriptor(), "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &info) != 0)
    return {};
  const std::lock_guard guard(mutex);
  const auto [it, fresh] =
      seen.try_emplace(Key{uint64_t{info.stx_dev_major} << 32 | info.stx_dev_minor, info.stx_ino,
                           info.stx_btime.tv_sec, info.stx_btime.tv_nsec});
  if (fresh) {
    for (const std::string& entry : folder.names()) {
      const std::string base = base_of_temporary(entry);
      if (!base.empty()) it->second.emplace(base, entry);
    }
  }
  std::vector<std::string> names;
  const auto [begin, end] = it->second.equal_range(name);
  for (auto at = begin; at != end; ++at) names.push_back(at->second);
  it->second.erase(begin, end);
  return names;
}

// Whether the name still stands for what was opened: a cleaner may have removed it before it was
// locked.
bool still_there(const Folder& folder, const std::string& name, int opened) {
  struct stat mine {
  }, there{};
  return ::fstat(opened, &mine) == 0 &&
         ::fstatat(folder.descriptor(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

void remove_left_by_killed_runs(const Folder& folder, const std::string& name) {
  for (const std::string& left : found_at_first(folder, name)) {
    const Descriptor opened = folder.open_file(left, O_RDONLY | O_NONBLOCK);
    if (!opened || ::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) continue;
    if (still_there(folder, left, opened.number())) folder.remove_tree(left);
  }
}

template <class Make>
Temporary make_temporary(const Folder& folder, const std::string& name, const Make& make) {
  remove_left_by_killed_runs(folder, name);
  for (;;) {
    Temporary made{temporary_name(name), Descriptor()};
    made.opened = make(made.name);
    if (!made.opened && errno == EEXIST) continue;
    require_system(static_cast<bool>(made.opened), ErrorKind::CannotCreate, "cannot create ",
                   folder.path_of(name));
    // Where the file system knows no locks, nobody can take this one for left.
    ::flock(made.opened.number(), LOCK_EX);
    if (still_there(folder, made.name, made.opened.number())) return made;
  }
}

}  // namespace

std::string temporary_name(const std::string& name) {
  uint64_t random = 0;
  const bool got = ::getrandom(&random, sizeof random, 0) == sizeof random;
  require_system(got, ErrorKind::System, "cannot draw a temporary name");
  std::string digits;
  for (size_t i = 0; i < kDigits; ++i) digits += "0123456789abcdef"[random >> (4 * i) & 15];
  return name + kMark + digits;
}

std::string base_of_temporary(const std::string& name) {
  if (name.size() <= kMarkSize + kDigits) return "";
  const size_t at = name.size() - kMarkSize - kDigits;
  const bool ours = name.compare(at, kMarkSize, kMark) == 0 &&
                    name.find_first_not_of("0123456789abcdef", at + kMarkSize) == std::string::npos;
  return ours ? name.substr(0, at) : "";
}

Temporary make_temporary_file(const Folder& folder, const std::string& name) {
  return make_temporary(folder, name, [&](const std::string& temporary) {
    return folder.open_file(temporary, O_RDWR | O_CREAT | O_EXCL);
  });
}

Temporary make_temporary_folder(const Folder& folder, const std::string& name) {
  return make_temporary(folder, name, [&](const std::string& temporary) {
    const bool made = ::mkdirat(folder.descriptor(), temporary.c_str(), 0777) == 0;
    return made ? folder.open_file(temporary, O_RDONLY | O_DIRECTORY) : Descriptor();
  });
}

}  // namespace svg
