// A folder held open. Names in it are looked up relative to its descriptor, whatever happens to its
// path meanwhile, and a link in it is never followed: what is written or removed is the link
// itself.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libcore/base/error.h"

namespace svg {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }  // for the caller to close
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

class Folder {
 public:
  Folder() = default;  // none
  // `path` may itself be a link: it is what the user named; "" is the current folder. Throws
  // Error{kind}: `failure` and the system's reason.
  static Folder open(const std::string& path, ErrorKind kind, const std::string& failure);
  // A folder in this one. Throws Error{Data} where it is missing, or a link.
  Folder below(const std::string& name) const;
  // The same folder, called `path` in messages.
  Folder called(const std::string& path) const;

  int descriptor() const { return opened_->number(); }
  const std::string& path() const { return path_; }
  std::string path_of(const std::string& name) const {
    return path_.empty() || path_.ends_with('/') ? path_ + name : path_ + "/" + name;
  }

  // Opens a file with these flags and O_NOFOLLOW; -1 with errno as openat() has it.
  Descriptor open_file(const std::string& name, int flags) const;
  std::vector<std::string> names() const;  // sorted; throws Error{Io}
  // Removes a file, or a link and not what it leads to. Nothing happens where none is there. Throws
  // Error{Io}.
  void remove(const std::string& name) const;
  // Removes whatever stands under the name, a folder with all that is in it. Returns whether all of
  // it went.
  bool remove_tree(const std::string& name) const;
  void sync() const;  // fsync; errors are ignored where the file system does not support it

 private:
  std::shared_ptr<const Descriptor> opened_;
  std::string path_;
};

// The folder that holds `path` and the last part of `path` in it.
struct Place {
  std::string folder, name;
};
Place place_of(std::string path);

}  // namespace svg
