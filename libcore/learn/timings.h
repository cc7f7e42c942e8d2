// What a run costs: a line a chunk in timings.jsonl (design.md section 6). Kept out of the outputs, which are a function of their inputs.
#pragma once
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#include "formats/base/json.h"

namespace svg::learn {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start);
// Of this process so far.
int64_t peak_memory_bytes();

class Timings {
 public:
  // Appends to `path`; an empty path: nothing is written. Throws Error{CannotCreate}.
  void open(const std::string& path);
  void write(const ordered_json& line);

 private:
  std::ofstream out_;
};

}  // namespace svg::learn
