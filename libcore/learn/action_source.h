// Actions as a stream: one sentence a line, or JSON lines with `action` and optionally `action_inverse`, `chunks` and `seed`
// (design.md section 4). Read as they come, so that another program may decide the next action from the last chunk.
#pragma once
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace svg::learn {

struct Action {
  std::string text, inverse;     // inverse is empty where none is named
  std::optional<uint64_t> seed;  // of this chunk's noise, instead of the run's
};

class ActionSource {
 public:
  // "-" is standard input. Throws Error{NoInput}.
  explicit ActionSource(const std::string& name);
  // The next chunk's action; nullopt at the end. Empty lines and lines that begin with '#' are passed over.
  // Throws Error{Data} with file and line.
  std::optional<Action> next();

 private:
  std::string name_;
  std::ifstream file_;
  std::istream* in_;
  int64_t line_ = 0, repeat_ = 0;
  Action current_;
};

}  // namespace svg::learn
