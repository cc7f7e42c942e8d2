// Opening what may be a FIFO: until another program has its end, open() waits.
#pragma once
#include <string>

namespace svg {

// As open(path, flags | O_CLOEXEC): -1 and errno where that fails. Where a stop is asked for while
// it waits: Error{Stopped}. A FIFO that is read is open at once, and its first read waits. A folder
// that is to be read: -1, EISDIR.
int open_file(const std::string& path, int flags);

}  // namespace svg
