#include "libcore/world/output_folder.h"

#include <sys/stat.h>

#include <regex>

#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/path.h"

namespace svg::world {
namespace {

// What write_dataset and write_rollout name their files (dataset.cpp).
bool written_by_us(const std::string& name) {
  static const std::regex names(
      R"((episodes|chunks|tasks)\.jsonl|actions\.(txt|jsonl)|(frames|pose|act|face|faces)(-[0-9]+)?\.(rgb|f32|u16|json))");
  return std::regex_match(name, names);
}

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

const std::string& checked(const std::string& path, bool replace) {
  require(!path.empty(), ErrorKind::Usage, "the output folder has no name: give one with -o");
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return path;  // whatever else is wrong with it comes up soon
  require(replace, ErrorKind::CannotCreate, path, ": exists already; --force replaces it");
  require(S_ISDIR(info.st_mode), ErrorKind::CannotCreate, path,
          ": is no folder of its own (--force replaces only data sets that svg-world wrote)");
  require(!holds_working_directory(path), ErrorKind::CannotCreate, path,
          ": is the working directory or above it; --force does not replace that");
  const auto names = names_in(path, ErrorKind::CannotCreate);
  bool manifest = names.empty();
  for (const std::string& name : names) {
    manifest = manifest || name == "episodes.jsonl";
    require(written_by_us(name), ErrorKind::CannotCreate, path, ": holds ", name,
            ", which svg-world did not write; --force replaces only data sets of its own");
  }
  require(manifest, ErrorKind::CannotCreate, path,
          ": holds no episodes.jsonl; --force replaces only data sets that svg-world wrote");
  return path;
}

}  // namespace

OutputFolder::OutputFolder(const std::string& path, bool replace)
    : folder_(checked(path, replace)), path_(path), replace_(replace) {}

void OutputFolder::write(const std::string& name, std::span<const std::byte> bytes) const {
  AtomicFile file(path_of(name));
  file.write(bytes);
  file.finish();
}

void OutputFolder::write(const std::string& name, const std::string& text) const {
  write(name, as_bytes_of(text));
}

void OutputFolder::finish() {
  if (!replace_) return folder_.finish();
  checked(path_, true);  // it may have been filled meanwhile
  folder_.replace();
}

}  // namespace svg::world
