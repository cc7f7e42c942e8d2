// A folder that grows as NAME.partial over several calls of one command and gets its name when it
// is whole. One process at a time. Torch-free.
#pragma once
#include <string>

#include "libcore/base/folder.h"

namespace svg::plan {

class GrowingFolder {
 public:
  // `settings`: what must be the same for a stopped run to go on, kept in settings.json. Throws
  // Error{CannotCreate} where NAME is there, NAME.partial is and `resume` is not set, or another
  // process is at it; Error{Config} where that was begun with other settings.
  GrowingFolder(const std::string& name, const std::string& settings, bool resume);
  const std::string& path() const { return partial_; }
  void finish();  // removes what only a run in progress needs, and renames

 private:
  std::string name_, partial_;
  Descriptor lock_;
};

}  // namespace svg::plan
