// Actions as a stream: one sentence a line, or JSON lines with `action` and optionally
// `action_inverse`, `chunks` and `seed` (design.md section 4). Read as they come, so that another
// program may decide the next action from the last chunk.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "formats/stream/stream_headers.h"

namespace svg::episode {

// What is to be done in a chunk, as the model is told it.
struct Action {
  std::string text, inverse;     // inverse is empty where none is named
  std::optional<uint64_t> seed;  // of this chunk's noise, instead of the run's
  bool operator==(const Action&) const = default;
};

// What a chunk says that was done in it, without a seed.
Action action_of(const formats::ChunkHeader&);

class ActionSource {
 public:
  // "-" is standard input. Throws Error{NoInput}; Interrupted where a stop was asked for before the
  // other end of a FIFO came.
  explicit ActionSource(const std::string& name);
  // The same lines, from memory; `name` is what errors call them.
  ActionSource(std::string name, std::string lines);
  ~ActionSource();
  ActionSource(const ActionSource&) = delete;
  ActionSource& operator=(const ActionSource&) = delete;
  // The next chunk's action; nullopt at the end. Empty lines and lines that begin with '#' are
  // passed over. Throws Error{Data} with file and line, Error{Stopped} where a stop was asked for
  // while waiting.
  std::optional<Action> next();

 private:
  bool read_line(std::string& line);

  std::string name_;
  int descriptor_ = 0;
  std::string buffer_;  // read, but not yet handed out
  bool ended_ = false;
  int64_t line_ = 0, repeat_ = 0;
  Action current_;
};

}  // namespace svg::episode
