// Whole reads and writes on file descriptors, with our errors. Used by files, streams and pipes
// alike.
#pragma once
#include <cerrno>
#include <cstddef>
#include <span>
#include <string>

#include "libcore/base/error.h"

namespace svg {

// The system's reason for the last failure, e.g. "No space left on device".
std::string system_reason();
std::string system_reason(int number);  // of this errno

// Throws Error{kind} with the parts and the system's reason unless `ok`, the result of a call that
// sets errno. The reason is read here, when the call has been made: among the arguments of
// require() it may be read before.
template <class... Parts>
void require_system(bool ok, ErrorKind kind, const Parts&... parts) {
  if (ok) return;
  const int number = errno;
  fail(kind, parts..., ": ", system_reason(number));
}
// Writes everything. Throws Error{Io} naming `name`; BrokenPipe where the reader of a pipe has
// gone, Interrupted where a stop was asked for and the reader takes nothing for a second.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name);
// Reads at most bytes.size() bytes; 0 at the end of the input. Throws Error{Io}; Error{Stopped}
// where a stop was asked for while waiting.
size_t read_some(int descriptor, std::span<std::byte> bytes, const std::string& name);

}  // namespace svg
