// A folder of its own for one test, removed with everything in it at the end. In memory where there
// is room: what is synced there costs nothing.
#pragma once
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace svg::test {

class TempDir {
 public:
  TempDir() {
    std::string pattern = (parent() / "svg-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  static std::filesystem::path parent() {
    namespace fs = std::filesystem;
    const fs::path memory = "/dev/shm";
    std::error_code none;
    if (std::getenv("TMPDIR") == nullptr && ::access(memory.c_str(), W_OK) == 0 &&
        fs::space(memory, none).available > kRoom && !none)
      return memory;
    return fs::temp_directory_path();
  }

  static constexpr std::uintmax_t kRoom = std::uintmax_t{1} << 30;

  std::string path_;
};

}  // namespace svg::test
