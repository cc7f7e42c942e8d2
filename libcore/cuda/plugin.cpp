#include "libcore/cuda/plugin.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

namespace {

using svg::cuda::DeviceMemory;

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

const svg::cuda::Plugin kPlugin = {
    .device_count = device_count,
    .device_name = device_name,
    .memory = memory,
    .peak_bytes = peak_bytes,
    .reset_peak = reset_peak,
    .synchronize = synchronize,
};

}  // namespace

extern "C" const svg::cuda::Plugin* svg_cuda_plugin_1() { return &kPlugin; }
