// The piece of a latent stream that generation needs to go on from a revision of a memory.
#pragma once
#include <cstdint>
#include <string>

#include "formats/memory/memory.h"

namespace svg::formats {

// Reads the stream `input` ("-": standard input) and writes to `output` its header and its chunks
// up to the one that revision `id` has learned; for revision 0 those before the first learned one.
// From there the same seed and actions give the rest of the episode again, to the byte. Returns the
// number of chunks. Throws Error{NoInput} where the stream ends before that chunk, Error{Config}
// where its chunks are not those that the memory has learned: another episode, other actions,
// another branch.
int64_t write_tail(const Memory& memory, int64_t id, const std::string& input,
                   const std::string& output);

}  // namespace svg::formats
