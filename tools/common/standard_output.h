// Standard output behind std::cout, written as every other file and pipe of ours is: a full disk, a
// reader that has gone and a stop while a pipe is full are exceptions where they occur.
#pragma once

namespace svg::tools {

// Once, from main, before anything is printed.
void install_standard_output();
// Writes what is still held back and closes it, so that a full disk does not look like success.
// Throws Error{Io}, BrokenPipe, Interrupted.
void close_standard_output();

}  // namespace svg::tools
