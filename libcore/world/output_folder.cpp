#include "libcore/world/output_folder.h"

#include <unistd.h>

#include <filesystem>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"

namespace svg::world {
namespace fs = std::filesystem;

OutputFolder::OutputFolder(std::string path, bool replace)
    : path_(std::move(path)), replace_(replace) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  require(!path_.empty(), ErrorKind::Usage, "the output folder has no name: give one with -o");
  std::error_code error;
  require(replace_ || !fs::exists(path_, error), ErrorKind::CannotCreate, path_,
          ": exists already; --force replaces it");
  temporary_ = cat(path_, ".tmp-", getpid());
  fs::create_directories(temporary_, error);
  require(!error, ErrorKind::CannotCreate, "cannot create the folder ", path_, ": ",
          error.message());
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!finished_) fs::remove_all(temporary_, ignored);
}

void OutputFolder::write(const std::string& name, std::span<const std::byte> bytes) const {
  AtomicFile file(path_of(name));
  file.write(bytes);
  file.finish();
}

void OutputFolder::write(const std::string& name, const std::string& text) const {
  write(name, std::as_bytes(std::span<const char>(text.data(), text.size())));
}

void OutputFolder::finish() {
  std::error_code error;
  if (replace_) fs::remove_all(path_, error);
  fs::rename(temporary_, path_, error);
  require(!error, ErrorKind::CannotCreate, path_, ": cannot rename ", temporary_,
          " to it: ", error.message());
  finished_ = true;
}

}  // namespace svg::world
