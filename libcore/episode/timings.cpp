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

void Timings::open(const std::string& path, const std::string& folder) {
  if (!path.empty()) out_ = LineFile::named(path);
  else if (!folder.empty()) out_ = LineFile::in(folder, "timings.jsonl");
}

void Timings::write(const ordered_json& line) {
  out_.write(line.dump());
}

}  // namespace svg::episode
