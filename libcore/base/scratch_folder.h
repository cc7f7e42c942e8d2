// A folder for what is needed only for a while.
#pragma once
#include <string>

namespace svg {

// Made under a name of its own in the system's folder for such things (TMPDIR), for this user
// alone; removed with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder();  // throws Error{CannotCreate}
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace svg
