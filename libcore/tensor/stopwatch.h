// Seconds of work on a device, and the most memory that this process has taken.
#pragma once
#include <c10/core/Device.h>

#include <chrono>
#include <cstdint>

namespace svg {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start);

// It waits for what the device was given before, and for what it was given since.
class Stopwatch {
 public:
  explicit Stopwatch(at::Device device);
  double seconds() const;

 private:
  at::Device device_;
  Clock::time_point start_;
};

// Resident bytes of this process at their most so far.
int64_t peak_ram_bytes();

}  // namespace svg
