// Folders that a tool makes, and may therefore replace: --force stops at everything else.
#pragma once
#include <functional>
#include <string>

namespace svg {

struct OwnFolder {
  const char* tool;                                    // "svg-world"
  const char* things;                                  // what its folders are: "data sets"
  const char* marker;                                  // a file that each of them holds
  std::function<bool(const std::string& name)> wrote;  // whether the tool writes such a name
};

// Throws Error{CannotCreate} unless the folder `path`, which exists, may be replaced: it is no
// link, neither the working directory nor above it, and empty or one of the tool's own.
void check_replaceable(const std::string& path, const OwnFolder& own);

}  // namespace svg
