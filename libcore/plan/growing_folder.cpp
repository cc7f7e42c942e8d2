#include "libcore/plan/growing_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>

#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"

namespace svg::plan {
namespace {

namespace fs = std::filesystem;
constexpr const char *kSettings = "/settings.json", *kLock = "/lock";

}  // namespace

GrowingFolder::GrowingFolder(const std::string& name, const std::string& settings, bool resume)
    : name_(name), partial_(name + ".partial") {
  require(!path_exists(name_, ErrorKind::CannotCreate), ErrorKind::CannotCreate, name_,
          ": exists already; choose another name");
  const bool begun = path_exists(partial_ + kSettings, ErrorKind::CannotCreate);
  require(!begun || resume, ErrorKind::CannotCreate, partial_,
          ": was left by a run that stopped; --resume goes on with it");
  make_directories(partial_);
  lock_ = Descriptor(::open((partial_ + kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  require_system(static_cast<bool>(lock_), ErrorKind::CannotCreate, "cannot create ", partial_,
                 kLock);
  require(::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0, ErrorKind::CannotCreate, partial_,
          ": another process is writing it");
  if (!begun) {
    write_file_atomically(partial_ + kSettings, settings);
    return;
  }
  require(read_file(partial_ + kSettings) == settings, ErrorKind::Config, partial_, kSettings,
          ": says other settings than this command");
}

void GrowingFolder::finish() {
  fs::remove(partial_ + kSettings);
  fs::remove(partial_ + kLock);
  std::error_code problem;
  fs::rename(partial_, name_, problem);
  require(!problem, ErrorKind::CannotCreate, name_, ": ", problem.message());
}

}  // namespace svg::plan
