#include "libcore/tensor/stopwatch.h"

#include <sys/resource.h>

#include "libcore/tensor/gpu.h"

namespace svg {

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Stopwatch::Stopwatch(at::Device device) : device_(device) {
  synchronize(device_);
  start_ = Clock::now();
}

double Stopwatch::seconds() const {
  synchronize(device_);
  return seconds_since(start_);
}

int64_t peak_ram_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace svg
