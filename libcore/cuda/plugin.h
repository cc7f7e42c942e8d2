// What the CUDA plugin (lib/libsvg_cuda.so) offers, as plain functions: the executable loads it before the torch library, which finds it
// by name and links no CUDA itself. No torch and no CUDA header is needed to read this one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace svg::cuda {

struct DeviceMemory {
  int64_t total_bytes = 0, free_bytes = 0;  // free: what the driver could still give, torch's cache not counted
};

enum class Number { F32, F16, BF16 };

// A layer whose adapter is summed into its weight: merged[e] = W + s B[e] A[e] for every episode e. Device pointers, contiguous.
struct MergeLayer {
  const void* w;    // [out, in]
  const float* a;   // [E, R, in]
  const float* b;   // [E, out, R]
  void* merged;     // [E, out, in], of W's numbers
  int64_t out, in;
  bool operator==(const MergeLayer&) const = default;
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
  // All layers in one launch on torch's current stream, summed in fp32 and rounded once. The table of layers is made once and lies on the
  // device; nullptr where this build has no kernel for it. The caller keeps what the pointers point to.
  std::shared_ptr<void> (*merge_table)(int device, const std::vector<MergeLayer>& layers, int64_t episodes, int64_t rank, Number number);
  void (*merge)(const void* table, float scale);
};

// `extern "C" const Plugin* svg_cuda_plugin_2()`: another number where the struct changes, so that files of two builds do not meet.
inline constexpr const char* kPluginSymbol = "svg_cuda_plugin_2";
using PluginFunction = const Plugin* (*)();

}  // namespace svg::cuda
