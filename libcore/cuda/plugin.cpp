#include "libcore/cuda/plugin.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include "libcore/cuda/merge.h"
#include "libcore/cuda/merge_tile.h"

namespace {

using svg::cuda::DeviceMemory;
using svg::cuda::MergeLayer;

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

int64_t peak_bytes(int device) {
  constexpr auto kAll = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return c10::cuda::CUDACachingAllocator::getDeviceStats(ready(device)).allocated_bytes[kAll].peak;
}

void reset_peak(int device) { c10::cuda::CUDACachingAllocator::resetPeakStats(ready(device)); }

void synchronize(int device) {
  const c10::cuda::CUDAGuard guard(ready(device));
  C10_CUDA_CHECK(cudaDeviceSynchronize());
}

// The table with the memory that it lies in.
struct OwnedTable {
  at::Tensor layers, first;
  svg::cuda::MergeTable table;
  c10::DeviceIndex device;
};

std::shared_ptr<void> merge_table(int device, const std::vector<MergeLayer>& layers, int64_t episodes, int64_t rank, svg::cuda::Number number) {
  const c10::cuda::CUDAGuard guard(ready(device));
  std::vector<int64_t> first;
  int64_t blocks = 0;
  for (const auto& layer : layers) {
    first.push_back(blocks);
    blocks += svg::cuda::blocks_of(layer, episodes);
  }
  if (blocks == 0 || blocks > INT32_MAX || !svg::cuda::has_merge_kernel()) return nullptr;
  const auto to_device = [&](const void* data, size_t bytes) {
    const auto host = at::from_blob(const_cast<void*>(data), {static_cast<int64_t>(bytes)}, at::kByte);
    return host.to(at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device)));  // waits: the host's copy may go
  };
  auto owned = std::make_shared<OwnedTable>();
  owned->layers = to_device(layers.data(), layers.size() * sizeof(MergeLayer));
  owned->first = to_device(first.data(), first.size() * sizeof(int64_t));
  owned->table = {static_cast<const MergeLayer*>(owned->layers.const_data_ptr()), static_cast<const int64_t*>(owned->first.const_data_ptr()),
                  static_cast<int>(layers.size()), blocks, rank, number};
  owned->device = static_cast<c10::DeviceIndex>(device);
  return owned;
}

void merge(const void* table, float scale) {
  const auto& owned = *static_cast<const OwnedTable*>(table);
  const c10::cuda::CUDAGuard guard(owned.device);
  C10_CUDA_CHECK(svg::cuda::launch_merge(owned.table, scale, c10::cuda::getCurrentCUDAStream(owned.device)));
}

const svg::cuda::Plugin kPlugin = {
    .device_count = device_count,
    .device_name = device_name,
    .memory = memory,
    .peak_bytes = peak_bytes,
    .reset_peak = reset_peak,
    .synchronize = synchronize,
    .merge_table = merge_table,
    .merge = merge,
};

}  // namespace

extern "C" const svg::cuda::Plugin* svg_cuda_plugin_2() { return &kPlugin; }
