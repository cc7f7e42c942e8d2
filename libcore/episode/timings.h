// What a run costs: a line a chunk in timings.jsonl (design.md section 6). Kept out of the outputs,
// which are a function of their inputs.
#pragma once
#include <c10/core/Device.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#include "libcore/base/json.h"

namespace svg::episode {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start);

// Seconds of work on a device: it waits for what the device was given before, and for what it was
// given since.
class Stopwatch {
 public:
  explicit Stopwatch(at::Device device);
  double seconds() const;

 private:
  at::Device device_;
  Clock::time_point start_;
};

// Of this process so far.
int64_t peak_memory_bytes();
// peak_memory_bytes; on a GPU also peak_device_memory_bytes, of its tensors since the last call.
void add_peak_memory(ordered_json& line, at::Device device);

class Timings {
 public:
  // Appends to `path`; an empty path: nothing is written. Throws Error{CannotCreate}.
  void open(const std::string& path);
  void write(const ordered_json& line);

 private:
  std::ofstream out_;
};

}  // namespace svg::episode
