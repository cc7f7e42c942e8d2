#include "libcore/cuda/geglu.h"
#include "libcore/cuda/geglu_tile.h"
#include "libcore/cuda/numbers.cuh"

namespace svg::cuda {

namespace {

constexpr int kGateThreads = 256;

unsigned blocks_for(int64_t packs) {
  return static_cast<unsigned>((packs + kGateThreads - 1) / kGateThreads);
}
__device__ int64_t pack_here() {
  return int64_t{blockIdx.x} * kGateThreads + threadIdx.x;
}

template <class T>
__global__ void __launch_bounds__(kGateThreads)
    gate_kernel(const void* x, int64_t packs, int64_t width, void* y) {
  if (pack_here() < packs) gate<T>(x, width, pack_here(), ToFloat<T>{}, FromFloat<T>{}, y);
}

template <class T>
__global__ void __launch_bounds__(kGateThreads)
    gate_backward_kernel(const void* x, const void* dy, int64_t packs, int64_t width, void* dx) {
  if (pack_here() < packs)
    gate_backward<T>(x, dy, width, pack_here(), ToFloat<T>{}, FromFloat<T>{}, dx);
}

}  // namespace

cudaError_t launch_geglu(const void* x, int64_t packs, int64_t width, Number number, void* y,
                         cudaStream_t stream) {
  with_type(number, [&](auto type) {
    gate_kernel<decltype(type)><<<blocks_for(packs), kGateThreads, 0, stream>>>(x, packs, width, y);
  });
  return cudaGetLastError();
}

cudaError_t launch_geglu_backward(const void* x, const void* dy, int64_t packs, int64_t width,
                                  Number number, void* dx, cudaStream_t stream) {
  with_type(number, [&](auto type) {
    gate_backward_kernel<decltype(type)>
        <<<blocks_for(packs), kGateThreads, 0, stream>>>(x, dy, packs, width, dx);
  });
  return cudaGetLastError();
}

}  // namespace svg::cuda
