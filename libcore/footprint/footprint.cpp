#include "libcore/footprint/footprint.h"

#include <c10/core/Device.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "libcore/base/error.h"
#include "libcore/base/text_table.h"
#include "libcore/tensor/gpu.h"

namespace svg::footprint {

namespace {

// What a process takes beside its tensors: on a CPU the program, its libraries, and what these
// compile and set up in a first pass, as measured with the smallest models; on a GPU the context,
// the kernels and the libraries' own workspaces, rounded up.
constexpr int64_t kCpuProgram = int64_t{185} << 20, kGpuProgram = int64_t{1} << 30;

// What fragmentation costs, bytes that an allocator holds beside those in use: with glibc a quarter
// of what is allocated and freed in a step, as measured (test/bench/README.md), and little where
// the heap is kept tight; on a GPU, whose allocator maps pages where they are needed, taken as a
// twentieth.
int64_t allocator_overhead(int64_t activations, bool gpu, nn::Checkpointing checkpointing) {
  return activations / (gpu || checkpointing != nn::Checkpointing::None ? 20 : 4);
}

// This process may use no more than its container lets it.
int64_t machine_memory() {
  int64_t bytes = 0;
  std::ifstream info("/proc/meminfo");
  std::string name;
  for (int64_t kib = 0; info >> name >> kib; info.ignore(64, '\n')) {
    if (name == "MemTotal:") bytes = kib * 1024;
  }
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (int64_t most = 0; limit >> most && most > 0) bytes = std::min(bytes, most);
  return bytes;
}

int64_t available_memory(const EstimateTarget& target, const std::string& device) {
  if (!target.ram.empty()) return parse_bytes(target.ram);
  const at::Device d(device);
  if (d.is_cpu()) return machine_memory();
  return cuda_plugin()->memory(d.has_index() ? d.index() : 0).total_bytes;
}

std::string readable(int64_t bytes) {
  const bool small = bytes < int64_t{1} << 30;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s", small ? 0 : 2,
                static_cast<double>(bytes) / static_cast<double>(small ? 1 << 20 : 1 << 30),
                small ? "MiB" : "GiB");
  return text;
}

// "--dtype bf16, --ema cpu or a smaller --batch would take less".
std::string sentence(const std::vector<std::string>& advice) {
  if (advice.empty())
    return "no flag would take less: use a larger device, smaller frames or fewer of them";
  std::string text;
  for (size_t i = 0; i < advice.size(); ++i)
    text += (i == 0 ? "" : i + 1 < advice.size() ? ", " : " or ") + advice[i];
  return text + " would take less";
}

}  // namespace

int64_t Footprint::total() const {
  int64_t bytes = 0;
  for (const auto& part : parts) bytes += part.second;
  return bytes;
}

bool on_gpu(const EstimateTarget& target, const Context& context) {
  return context.device != "cpu" || !target.ram.empty();
}

void add_surroundings(Footprint& footprint, int64_t activations, nn::Checkpointing checkpointing,
                      const EstimateTarget& target, const Context& context) {
  const bool gpu = on_gpu(target, context);
  footprint.parts.emplace_back("allocator", allocator_overhead(activations, gpu, checkpointing));
  footprint.parts.emplace_back("program", gpu ? kGpuProgram : kCpuProgram);
  footprint.device = context.device;
  footprint.available = available_memory(target, context.device);
}

int64_t parse_bytes(const std::string& text) {
  double number = 0;
  char unit = 'B', end = 0;
  const int read = std::sscanf(text.c_str(), "%lf%c%c", &number, &unit, &end);
  const auto power = std::string("BKMGT").find(unit);
  require((read == 1 || read == 2) && number > 0 && power != std::string::npos, ErrorKind::Usage,
          "\"", text, "\" is no amount of memory: expected such as 80G or 512M");
  return static_cast<int64_t>(number * static_cast<double>(int64_t{1} << (10 * power)));
}

void check_fits(const Footprint& footprint) {
  require(footprint.fits(), ErrorKind::System, "would take ", readable(footprint.total()), " on ",
          footprint.device, ", which has ", readable(footprint.available), ": see --estimate; ",
          sentence(footprint.advice));
}

ordered_json to_json(const Footprint& f) {
  ordered_json parts;
  for (const auto& [name, bytes] : f.parts) parts[name] = bytes;
  return {{"device", f.device},       {"setting", f.setting},           {"bytes", parts},
          {"total_bytes", f.total()}, {"available_bytes", f.available}, {"fits", f.fits()},
          {"advice", f.advice}};
}

std::string text_of(const Footprint& f) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, bytes] : f.parts) rows.push_back({name, readable(bytes)});
  rows.push_back({"total", readable(f.total())});
  rows.push_back({"available", readable(f.available)});
  return text_table(rows) + (f.fits() ? "fits" : "does not fit: " + sentence(f.advice)) + "\n";
}

}  // namespace svg::footprint
