// A folder that appears whole or not at all: built under a temporary name beside it, renamed at the
// end.
#pragma once
#include <span>
#include <string>

namespace svg::world {

class OutputFolder {
 public:
  // Throws Error{CannotCreate} if `path` exists (unless `replace`) or its parent cannot be written.
  OutputFolder(std::string path, bool replace);
  ~OutputFolder();  // without finish(): everything is removed
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  std::string path_of(const std::string& name) const { return temporary_ + "/" + name; }
  // One whole file; may be called from several threads for different names. Throws Error{Io}.
  void write(const std::string& name, std::span<const std::byte> bytes) const;
  void write(const std::string& name, const std::string& text) const;
  void finish();

 private:
  std::string path_, temporary_;
  bool replace_ = false, finished_ = false;
};

}  // namespace svg::world
