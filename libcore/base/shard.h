// A part of the work of a job array: I/N, counted from 1.
#pragma once
#include <cstdint>
#include <string>

namespace svg {

struct Shard {
  int64_t index = 0, of = 1;  // 0 <= index < of

  // Whether the `item`-th piece of work, from 0, belongs to this part: they take turns.
  bool has(int64_t item) const { return item % of == index; }
};

// "2/8" -> {1, 8}. Throws Error{Usage} for anything else.
Shard shard_from(const std::string& text);

}  // namespace svg
