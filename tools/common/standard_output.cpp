#include "tools/common/standard_output.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <span>
#include <streambuf>

#include "libcore/base/descriptor.h"

namespace svg::tools {
namespace {

constexpr const char* kName = "standard output";

class Buffer : public std::streambuf {
 public:
  Buffer() { setp(bytes_.data(), bytes_.data() + bytes_.size()); }

 protected:
  int_type overflow(int_type c) override {
    sync();
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
      *pptr() = traits_type::to_char_type(c);
      pbump(1);
    }
    return traits_type::not_eof(c);
  }
  // What could not be written is not tried again.
  int sync() override {
    const std::span held(pbase(), pptr());
    setp(bytes_.data(), bytes_.data() + bytes_.size());
    write_all(STDOUT_FILENO, std::as_bytes(held), kName);
    return 0;
  }

 private:
  std::array<char, 1 << 16> bytes_;
};

}  // namespace

void install_standard_output() {
  static Buffer* const buffer = new Buffer;  // std::cout is flushed after all statics are gone
  std::cout.rdbuf(buffer);
  std::cout.exceptions(std::ios::badbit);
}

void close_standard_output() {
  if (std::cout.good()) std::cout.flush();  // else it has been said what went wrong
  const bool closed = ::close(STDOUT_FILENO) == 0 || errno == EBADF || errno == EINTR;
  require_system(closed, ErrorKind::Io, "cannot write ", kName);
}

}  // namespace svg::tools
