#include "libcore/base/scratch_folder.h"

#include <cstdlib>
#include <filesystem>

#include "libcore/base/descriptor.h"

namespace svg {

ScratchFolder::ScratchFolder()
    : path_((std::filesystem::temp_directory_path() / "svg-XXXXXX").string()) {
  const bool made = ::mkdtemp(path_.data()) != nullptr;
  require_system(made, ErrorKind::CannotCreate, "cannot create ", path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace svg
