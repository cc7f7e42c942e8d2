#include "libcore/cuda/plugin.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <mutex>

#include "libcore/cuda/geglu.h"
#include "libcore/cuda/group_norm.h"
#include "libcore/cuda/merge.h"
#include "libcore/cuda/merge_tile.h"

namespace {

using svg::cuda::DeviceMemory;
using svg::cuda::GroupNormCall;
using svg::cuda::kPack;
using svg::cuda::MergeLayer;
using svg::cuda::Number;

int device_count(std::string& why) {
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  if (code == cudaSuccess && count > 0) return count;
  cudaGetLastError();  // torch's later checks shall not find it
  why = code == cudaSuccess ? "no CUDA-capable device is detected" : cudaGetErrorString(code);
  return 0;
}

// Before the first tensor the allocator knows no device.
c10::DeviceIndex ready(int device) {
  at::globalContext().lazyInitDevice(at::kCUDA);
  return static_cast<c10::DeviceIndex>(device);
}

std::string device_name(int device) {
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  return properties.name;
}

DeviceMemory memory(int device) {
  const c10::cuda::CUDAGuard guard(ready(device));
  size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return {static_cast<int64_t>(total), static_cast<int64_t>(free)};
}

constexpr auto kAll = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);

int64_t peak_bytes(int device) {
  return c10::cuda::CUDACachingAllocator::getDeviceStats(ready(device)).allocated_bytes[kAll].peak;
}

int64_t peak_reserved_bytes(int device) {
  return c10::cuda::CUDACachingAllocator::getDeviceStats(ready(device)).reserved_bytes[kAll].peak;
}

void reset_peak(int device) {
  c10::cuda::CUDACachingAllocator::resetPeakStats(ready(device));
}

void synchronize(int device) {
  const c10::cuda::CUDAGuard guard(ready(device));
  C10_CUDA_CHECK(cudaDeviceSynchronize());
}

// Whether this build has kernels for the device; asked once for each.
bool has_kernels(int device) {
  constexpr size_t kDevices = 64;
  static std::array<std::once_flag, kDevices> asked;
  static std::array<bool, kDevices> known{};
  const auto i = static_cast<size_t>(device);
  if (i >= kDevices) return false;
  std::call_once(asked[i], [&] {
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    known[i] = svg::cuda::has_merge_kernel();
  });
  return known[i];
}

// The table with the memory that it lies in.
struct OwnedTable {
  at::Tensor layers, first;
  svg::cuda::MergeTable table;
  c10::DeviceIndex device;
};

std::shared_ptr<void> merge_table(int device, const std::vector<MergeLayer>& layers,
                                  int64_t episodes, int64_t rank, Number number) {
  const c10::cuda::CUDAGuard guard(ready(device));
  std::vector<int64_t> first;
  int64_t blocks = 0;
  for (const auto& layer : layers) {
    first.push_back(blocks);
    blocks += svg::cuda::blocks_of(layer, episodes);
  }
  if (blocks == 0 || blocks > INT32_MAX || !has_kernels(device)) return nullptr;
  const auto to_device = [&](const void* data, size_t bytes) {
    const auto host =
        at::from_blob(const_cast<void*>(data), {static_cast<int64_t>(bytes)}, at::kByte);
    return host.to(at::Device(
        at::kCUDA, static_cast<c10::DeviceIndex>(device)));  // waits: the host's copy may go
  };
  auto owned = std::make_shared<OwnedTable>();
  owned->layers = to_device(layers.data(), layers.size() * sizeof(MergeLayer));
  owned->first = to_device(first.data(), first.size() * sizeof(int64_t));
  owned->table = {static_cast<const MergeLayer*>(owned->layers.const_data_ptr()),
                  static_cast<const int64_t*>(owned->first.const_data_ptr()),
                  static_cast<int>(layers.size()),
                  blocks,
                  rank,
                  number};
  owned->device = static_cast<c10::DeviceIndex>(device);
  return owned;
}

void merge(const void* table, float scale) {
  const auto& owned = *static_cast<const OwnedTable*>(table);
  const c10::cuda::CUDAGuard guard(owned.device);
  C10_CUDA_CHECK(
      svg::cuda::launch_merge(owned.table, scale, c10::cuda::getCurrentCUDAStream(owned.device)));
}

// Packs are read 16 bytes at a time.
bool aligned(std::initializer_list<const void*> pointers) {
  return std::all_of(pointers.begin(), pointers.end(),
                     [](const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; });
}

at::Tensor scratch(at::IntArrayRef shape, int device) {
  return at::empty(
      shape,
      at::TensorOptions(at::kFloat).device(at::kCUDA, static_cast<c10::DeviceIndex>(device)));
}

bool group_norm(int device, const GroupNormCall& c, void* y) {
  constexpr int64_t kMostInGrid = 65535;
  if (c.channels % kPack != 0 || c.samples > kMostInGrid || c.samples * c.places == 0 ||
      !aligned({c.x, c.weight, c.bias, y}) || !has_kernels(device))
    return false;
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  const auto grid = svg::cuda::norm_grid(c);
  const auto sums = scratch({2, c.samples, grid.slabs, c.channels}, device);
  C10_CUDA_CHECK(svg::cuda::launch_group_norm(
      c, grid, sums.mutable_data_ptr<float>(), y,
      c10::cuda::getCurrentCUDAStream(guard.current_device().index())));
  return true;
}

void group_norm_backward(int device, const GroupNormCall& c, const void* dy, void* dx,
                         float* of_weight, float* of_bias) {
  TORCH_CHECK(aligned({dy, dx}), "gradients that do not begin at 16 bytes");
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  const auto grid = svg::cuda::norm_grid(c);
  const auto sums = scratch({2, c.samples, grid.slabs, c.channels}, device),
             means = scratch({2, c.samples, c.groups}, device);
  C10_CUDA_CHECK(svg::cuda::launch_group_norm_backward(
      c, grid, dy, sums.mutable_data_ptr<float>(), means.mutable_data_ptr<float>(), dx,
      c10::cuda::getCurrentCUDAStream(guard.current_device().index())));
  float* const results[] = {of_bias, of_weight};
  for (int64_t i = 0; i < 2; ++i) {
    if (results[i] == nullptr) continue;
    at::Tensor result = at::from_blob(results[i], {c.channels}, sums.options());
    at::sum_out(result, sums.select(0, i), at::IntArrayRef{0, 1});
  }
}

bool geglu(int device, const void* x, int64_t rows, int64_t width, Number number, void* y) {
  const int64_t packs = rows * width / kPack;
  if (width % kPack != 0 || packs == 0 || !aligned({x, y}) || !has_kernels(device)) return false;
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  C10_CUDA_CHECK(svg::cuda::launch_geglu(
      x, packs, width, number, y, c10::cuda::getCurrentCUDAStream(guard.current_device().index())));
  return true;
}

bool geglu_backward(int device, const void* x, const void* dy, int64_t rows, int64_t width,
                    Number number, void* dx) {
  const int64_t packs = rows * width / kPack;
  if (width % kPack != 0 || packs == 0 || !aligned({x, dy, dx}) || !has_kernels(device))
    return false;
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  C10_CUDA_CHECK(svg::cuda::launch_geglu_backward(
      x, dy, packs, width, number, dx,
      c10::cuda::getCurrentCUDAStream(guard.current_device().index())));
  return true;
}

const svg::cuda::Plugin kPlugin = {
    .device_type = static_cast<int>(at::kCUDA),
    .device_count = device_count,
    .device_name = device_name,
    .memory = memory,
    .peak_bytes = peak_bytes,
    .peak_reserved_bytes = peak_reserved_bytes,
    .reset_peak = reset_peak,
    .synchronize = synchronize,
    .merge_table = merge_table,
    .merge = merge,
    .group_norm = group_norm,
    .group_norm_backward = group_norm_backward,
    .geglu = geglu,
    .geglu_backward = geglu_backward,
};

}  // namespace

extern "C" const svg::cuda::Plugin* svg_cuda_plugin_3() {
  return &kPlugin;
}
