// Files and folders that appear whole or not at all: written under a temporary name in the same
// folder (temporary_name.h), synced, renamed.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libcore/base/folder.h"
#include "libcore/base/temporary_name.h"

namespace svg {

class AtomicFile {
 public:
  // A device or a named pipe under `path` is written as it is. Throws Error{CannotCreate} where the
  // folder does not exist or cannot be written.
  explicit AtomicFile(const std::string& path);
  // In a folder held open. Whatever stands there under `name`, a link too, is replaced.
  AtomicFile(const Folder& folder, const std::string& name);
  ~AtomicFile();  // without finish(): the temporary file is removed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Short pieces are gathered, except for a device or a pipe. Throws Error{Io}, e.g. on a full
  // disk.
  void write(std::span<const std::byte> bytes);
  void write(const std::string& text);
  void finish();  // fsync, rename, fsync of the folder; throws Error{Io}
  int descriptor() const { return temporary_.opened.number(); }  // for those that do not write()
  std::string temporary_path() const { return folder_.path_of(temporary_.name); }

 private:
  void flush();

  std::string path_, name_;
  Folder folder_;
  Temporary temporary_;
  std::vector<std::byte> gathered_;
  bool direct_ = false;
};

// A folder that is filled under a temporary name beside its own, then renamed whole.
class AtomicFolder {
 public:
  // Makes the folders above `path` as needed. Throws Error{CannotCreate}.
  explicit AtomicFolder(const std::string& path);
  ~AtomicFolder();  // without finish() or replace(): everything is removed
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  std::string temporary_path() const { return parent_.path_of(temporary_.name); }
  // The folder that is filled, called by its final name in messages.
  Folder folder() const;
  // Throws Error{CannotCreate} where something else than an empty folder has the name by now.
  void finish();
  // The same where a folder may have the name: the two change places in one step where the file
  // system can do that, then the old one is removed. Throws Error{Io} where it stays.
  void replace();

 private:
  std::string path_, name_;
  Folder parent_;
  Temporary temporary_;
  bool finished_ = false;
};

// One call for small files.
void write_file_atomically(const std::string& path, const std::string& text);
void write_file_atomically(const std::string& path, std::span<const std::byte> bytes);
void write_file_atomically(const Folder& folder, const std::string& name, const std::string& text);
// The whole file. Throws Error{NoInput} if missing or unreadable, Error{Io} if reading fails,
// Error{Data} if larger than `limit` bytes.
std::string read_file(const std::string& path, size_t limit = size_t{1} << 30);
// mkdir -p; throws Error{CannotCreate}.
void make_directories(const std::string& path);
// A folder that `fill` fills under a temporary name, renamed whole: never seen half made. Throws
// Error{CannotCreate} if `path` exists and is not an empty directory.
void create_folder_atomically(const std::string& path,
                              const std::function<void(const std::string& temporary)>& fill);

}  // namespace svg
