// A file from front to back, for those that look at how containers are laid out. For .cpp files of
// this folder.
#pragma once
#include <cstdint>
#include <fstream>
#include <string>

namespace svg::video {

// What would lie beyond the end of the file is noticed by torn().
class FileWalk {
 public:
  explicit FileWalk(const std::string& path) : file_(path, std::ios::binary) {
    file_.seekg(0, std::ios::end);
    size_ = static_cast<int64_t>(file_.tellg());
    file_.seekg(0);
  }
  int64_t size() const { return size_; }
  int64_t at() const { return at_; }
  bool ended() const { return at_ >= size_; }
  bool torn() const { return at_ > size_; }

  int byte() {
    ++at_;
    return file_.get();  // -1 beyond the end
  }
  int64_t big_endian(int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | (static_cast<unsigned>(byte()) & 0xFFU);
    return static_cast<int64_t>(value);
  }
  int64_t little_endian(int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value |= uint64_t{static_cast<unsigned>(byte()) & 0xFFU} << 8 * i;
    return static_cast<int64_t>(value);
  }
  std::string text(int bytes) {
    std::string read;
    for (int i = 0; i < bytes; ++i) read += static_cast<char>(byte());
    return read;
  }
  bool reads(const std::string& text) {
    for (const char c : text)
      if (byte() != static_cast<unsigned char>(c)) return torn();
    return true;
  }
  void skip(int64_t bytes) {
    at_ += bytes;
    file_.seekg(bytes, std::ios::cur);
  }
  void go_to(int64_t at) {
    at_ = at;
    file_.seekg(at);
  }

 private:
  std::ifstream file_;
  int64_t size_ = 0, at_ = 0;
};

}  // namespace svg::video
