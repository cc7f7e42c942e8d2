// Whole reads and writes on file descriptors, with our errors. Used by files, streams and pipes
// alike.
#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace svg {

// The system's reason for the last failure, e.g. "No space left on device".
std::string system_reason();
// Writes everything. Throws Error{Io} naming `name`; BrokenPipe where the reader of a pipe has
// gone.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name);
// Reads at most bytes.size() bytes; 0 at the end of the input. Throws Error{Io}; Error{Stopped}
// where a stop was asked for while waiting.
size_t read_some(int descriptor, std::span<std::byte> bytes, const std::string& name);
// fsync of the folder that holds `path`, so that a rename in it survives a power cut. Errors are
// ignored where the file system does not support it.
void sync_folder_of(const std::string& path);

}  // namespace svg
