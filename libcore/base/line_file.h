// A text file that grows by whole lines: a log, a table of results.
#pragma once
#include <string>

#include "libcore/base/folder.h"

namespace svg {

class LineFile {
 public:
  LineFile() = default;  // write() does nothing
  // A file, device or pipe that the user names, whatever a link leads to. Made where it is not
  // there. Throws Error{CannotCreate}.
  static LineFile named(const std::string& path);
  // A file of ours in `folder`: a link under its name is refused, not followed. Throws likewise.
  static LineFile in(const std::string& folder, const std::string& name);

  void write(const std::string& line);  // and a line end; throws Error{Io}

 private:
  LineFile(Descriptor opened, std::string path)
      : opened_(std::move(opened)), path_(std::move(path)) {}
  Descriptor opened_;
  std::string path_;
};

}  // namespace svg
