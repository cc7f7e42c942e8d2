// A folder that appears whole or not at all: built under a temporary name beside it, renamed at the
// end.
#pragma once
#include <span>
#include <string>

#include "libcore/base/atomic_file.h"

namespace svg::world {

class OutputFolder {
 public:
  // Throws Error{CannotCreate} if `path` exists or its parent cannot be written. With `replace`
  // what exists may be an empty folder, or one that holds nothing but what svg-world writes; the
  // new folder takes its place in one step, when it is whole. The working directory and the folders
  // above it are never replaced.
  OutputFolder(const std::string& path, bool replace);

  std::string path_of(const std::string& name) const {
    return folder_.temporary_path() + "/" + name;
  }
  // One whole file; may be called from several threads for different names. Throws Error{Io}.
  void write(const std::string& name, std::span<const std::byte> bytes) const;
  void write(const std::string& name, const std::string& text) const;
  void finish();  // without it everything is removed

 private:
  AtomicFolder folder_;
  std::string path_;
  bool replace_ = false;
};

}  // namespace svg::world
