// What the CUDA plugin (lib/libsvg_cuda.so) offers, as plain functions: the executable loads it before the torch library, which finds it
// by name and links no CUDA itself. No torch and no CUDA header is needed to read this one.
#pragma once
#include <cstdint>
#include <string>

namespace svg::cuda {

struct DeviceMemory {
  int64_t total_bytes = 0, free_bytes = 0;  // free: what the driver could still give, torch's cache not counted
};

// Devices are numbered as the driver shows them (CUDA_VISIBLE_DEVICES), from 0.
struct Plugin {
  // GPUs that this build can use. 0 with the driver's reason in `why`: a loaded plugin proves nothing.
  int (*device_count)(std::string& why);
  std::string (*device_name)(int device);
  DeviceMemory (*memory)(int device);
  // Most bytes that torch's allocator had handed out at a time since the last reset, or since the start.
  int64_t (*peak_bytes)(int device);
  void (*reset_peak)(int device);
  void (*synchronize)(int device);  // waits for all work on the device
};

// `extern "C" const Plugin* svg_cuda_plugin_1()`: another number where the struct changes, so that files of two builds do not meet.
inline constexpr const char* kPluginSymbol = "svg_cuda_plugin_1";
using PluginFunction = const Plugin* (*)();

}  // namespace svg::cuda
