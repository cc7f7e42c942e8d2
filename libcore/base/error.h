// The one exception type of the project, and the exit codes (sysexits) that its kinds stand for.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace svg {

// The value of each kind is the exit code of a tool that ends with it.
enum class ErrorKind : int {
  Negative = 1,       // the answer is no: differs, invalid, nothing to do
  Usage = 64,         // wrong flags
  Data = 65,          // input malformed, cut off, of an unknown version, checksum wrong
  NoInput = 66,       // input missing or unreadable
  Unavailable = 69,   // a needed device, process or feature is not there
  Internal = 70,      // our bug
  System = 71,        // the system refused: memory, limits
  CannotCreate = 73,  // output cannot be created
  Io = 74,            // read or write failed
  Stopped = 75,       // stopped early after saving; --resume goes on
  Config = 78,        // inputs contradict each other
};

// `what()` is one line: what failed, on which file and where in it, what was expected, what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

// cat("chunk ", 3, " of ", name): the parts written one after the other. (g++ 12 has no
// std::format.)
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, const Parts&... parts) {
  throw Error(kind, cat(parts...));
}

// Throws Error{kind} unless `ok`.
template <class... Parts>
void require(bool ok, ErrorKind kind, const Parts&... parts) {
  if (!ok) fail(kind, parts...);
}

}  // namespace svg
