// Which file is mapped at an address: for the handler of SIGBUS, which has only that.
#pragma once
#include <cstddef>
#include <string>

namespace svg {

// Beyond some hundred files at once, a file is not named; long paths keep their end.
void note_mapped_file(const void* begin, size_t size, const std::string& path);
void forget_mapped_file(const void* begin);
// nullptr where none is known. May be called in a signal handler.
const char* mapped_file_at(const void* address);

}  // namespace svg
