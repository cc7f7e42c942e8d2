#include "libcore/episode/timings.h"

#include "libcore/base/error.h"
#include "libcore/tensor/gpu.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::episode {

void add_peak_memory(ordered_json& line, at::Device device) {
  line["peak_memory_bytes"] = peak_ram_bytes();
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
