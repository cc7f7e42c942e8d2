#include "libcore/episode/timings.h"

#include <sys/resource.h>

#include "libcore/base/error.h"
#include "libcore/tensor/gpu.h"

namespace svg::episode {

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

int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

void add_peak_memory(ordered_json& line, at::Device device) {
  line["peak_memory_bytes"] = peak_memory_bytes();
  if (const auto bytes = peak_device_memory(device)) line["peak_device_memory_bytes"] = *bytes;
  reset_peak_device_memory(device);
}

void Timings::open(const std::string& path) {
  if (path.empty()) return;
  out_.open(path, std::ios::app);
  require(out_.good(), ErrorKind::CannotCreate, path, ": cannot be written");
}

void Timings::write(const ordered_json& line) {
  if (out_.is_open()) out_ << line.dump() << "\n" << std::flush;
}

}  // namespace svg::episode
