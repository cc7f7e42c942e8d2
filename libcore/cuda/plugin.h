// What the CUDA plugin (lib/libsvg_cuda.so) offers, as plain functions: the executable loads it
// before the torch library, which finds it by name and links no CUDA itself. No torch and no CUDA
// header is needed to read this one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace svg::cuda {

struct DeviceMemory {
  int64_t total_bytes = 0,
          free_bytes = 0;  // free: what the driver could still give, torch's cache not counted
};

enum class Number { F32, F16, BF16 };

// A layer whose adapter is summed into its weight: merged[e] = W + s B[e] A[e] for every episode e.
// Device pointers, contiguous.
struct MergeLayer {
  const void* w;   // [out, in]
  const float* a;  // [E, R, in]
  const float* b;  // [E, out, R]
  void* merged;    // [E, out, in], of W's numbers
  int64_t out, in;
  bool operator==(const MergeLayer&) const = default;
};

// Group normalization of x [N, L, C], contiguous: an image or a video in channels last, L its
// places. z = (x - mean) rstd weight + bias, the result z or silu(z). Device pointers.
struct GroupNormCall {
  const void *x, *weight, *bias;  // [N, L, C], [C], [C], all of one kind of numbers
  float *mean, *rstd;             // [N, G]
  int64_t samples, places, channels, groups;
  float eps;
  bool silu;
  Number number;
};

// Devices are numbered as the driver shows them (CUDA_VISIBLE_DEVICES), from 0.
struct Plugin {
  int device_type;  // c10::DeviceType of the tensors that the kernels below take
  // GPUs that this build can use. 0 with the driver's reason in `why`: a loaded plugin proves
  // nothing.
  int (*device_count)(std::string& why);
  std::string (*device_name)(int device);
  DeviceMemory (*memory)(int device);
  // Most bytes that torch's allocator had handed out at a time since the last reset, or since the
  // start.
  int64_t (*peak_bytes)(int device);
  int64_t (*peak_reserved_bytes)(int device);  // that it had taken from the driver
  void (*reset_peak)(int device);
  void (*synchronize)(int device);  // waits for all work on the device
  // All layers in one launch on torch's current stream, summed in fp32 and rounded once. The table
  // of layers is made once and lies on the device; nullptr where this build has no kernel for it.
  // The caller keeps what the pointers point to.
  std::shared_ptr<void> (*merge_table)(int device, const std::vector<MergeLayer>& layers,
                                       int64_t episodes, int64_t rank, Number number);
  void (*merge)(const void* table, float scale);
  // Writes y [N, L, C], mean and rstd; sums in fp32 and in a fixed order. False, and nothing is
  // done, where there is no kernel for this call: C is no multiple of 8, say. What has a kernel
  // here has one for its gradient.
  bool (*group_norm)(int device, const GroupNormCall&, void* y);
  // From dy [N, L, C] and the call as it was, dx [N, L, C]; of_weight and of_bias [C] where they
  // are not nullptr.
  void (*group_norm_backward)(int device, const GroupNormCall&, const void* dy, void* dx,
                              float* of_weight, float* of_bias);
  // y [rows, W] = x[:, :W] * gelu(x[:, W:]), of contiguous x [rows, 2 W]; and dx from dy. False
  // where there is no kernel for it.
  bool (*geglu)(int device, const void* x, int64_t rows, int64_t width, Number, void* y);
  bool (*geglu_backward)(int device, const void* x, const void* dy, int64_t rows, int64_t width,
                         Number, void* dx);
};

// `extern "C" const Plugin* svg_cuda_plugin_3()`: another number where the struct changes, so that
// files of two builds do not meet.
inline constexpr const char* kPluginSymbol = "svg_cuda_plugin_3";
using PluginFunction = const Plugin* (*)();

}  // namespace svg::cuda
