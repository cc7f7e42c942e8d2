// Files and folders that appear whole or not at all: written under a temporary name in the same
// folder, synced, renamed.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace svg {

class AtomicFile {
 public:
  // Throws Error{CannotCreate} where the folder does not exist or cannot be written.
  explicit AtomicFile(std::string path);
  ~AtomicFile();  // without finish(): the temporary file is removed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);  // throws Error{Io}, e.g. on a full disk
  void write(const std::string& text);
  void finish();  // fsync, rename, fsync of the folder; throws Error{Io}
  int descriptor() const { return fd_; }
  const std::string& temporary_path() const { return temporary_; }

 private:
  std::string path_, temporary_;
  int fd_ = -1;
};

// One call for small files.
void write_file_atomically(const std::string& path, const std::string& text);
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
