#include "libcore/world/output_folder.h"

#include <sys/stat.h>

#include <regex>

#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/own_folder.h"

namespace svg::world {
namespace {

// What write_dataset and write_rollout name their files (dataset.cpp), and tasks for others theirs.
bool written_by_us(const std::string& name) {
  static const std::regex names(
      R"(given|(episodes|chunks|tasks)\.jsonl|actions\.(txt|jsonl)|(frames|pose|act|face|faces|depth|flow|objects)(-[0-9]+)?\.(rgb|f32|u16|json))");
  return std::regex_match(name, names);
}

const std::string& checked(const std::string& path, bool replace) {
  require(!path.empty(), ErrorKind::Usage, "the output folder has no name: give one with -o");
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return path;  // whatever else is wrong with it comes up soon
  require(replace, ErrorKind::CannotCreate, path, ": exists already; --force replaces it");
  check_replaceable(path, {.tool = "svg-world",
                           .things = "data sets",
                           .marker = "episodes.jsonl",
                           .wrote = written_by_us});
  return path;
}

}  // namespace

OutputFolder::OutputFolder(const std::string& path, bool replace)
    : folder_(checked(path, replace)), path_(path), replace_(replace) {}

void OutputFolder::write(const std::string& name, std::span<const std::byte> bytes) const {
  write_file_atomically(path_of(name), bytes);
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
