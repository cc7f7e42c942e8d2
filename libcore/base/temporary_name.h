// Temporary names: NAME.tmp-<16 random hex digits>, made exclusively and locked (flock) by the
// process that fills them. A temporary that nobody has locked was left by a killed process.
#pragma once
#include <string>

#include "libcore/base/folder.h"

namespace svg {

struct Temporary {
  std::string name;
  Descriptor opened;  // holds the lock
};

// A new file or folder for `name` in `folder`. Removes what killed runs left for the same name.
// Throws Error{CannotCreate}.
Temporary make_temporary_file(const Folder& folder, const std::string& name);
Temporary make_temporary_folder(const Folder& folder, const std::string& name);
// Another random name, of nothing.
std::string temporary_name(const std::string& name);

// What stands in front of ".tmp-<16 hex digits>"; empty for other names.
std::string base_of_temporary(const std::string& name);

}  // namespace svg
