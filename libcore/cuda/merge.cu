#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "libcore/cuda/merge.h"
#include "libcore/cuda/merge_tile.h"

namespace svg::cuda {

namespace {

__device__ float widened(float x) { return x; }
__device__ float widened(__half x) { return __half2float(x); }
__device__ float widened(__nv_bfloat16 x) { return __bfloat162float(x); }

template <class T>
__device__ T rounded(float x);
template <>
__device__ float rounded<float>(float x) { return x; }
template <>
__device__ __half rounded<__half>(float x) { return __float2half_rn(x); }
template <>
__device__ __nv_bfloat16 rounded<__nv_bfloat16>(float x) { return __float2bfloat16_rn(x); }

template <class T>
struct ToFloat {
  __device__ float operator()(T x) const { return widened(x); }
};
template <class T>
struct FromFloat {
  __device__ T operator()(float x) const { return rounded<T>(x); }
};

// A block a tile.
template <class T>
__global__ void __launch_bounds__(kThreads) merge_kernel(MergeTable table, float scale) {
  __shared__ MergeShared shared;
  const MergePlace place = place_of(table.layers, table.first, table.count, blockIdx.x);
  const int thread = static_cast<int>(threadIdx.x);
  float sum[kRows] = {};
  for (int64_t from = 0; from < table.rank; from += kDepth) {
    __syncthreads();
    load_slices(shared, thread, place, table.rank, from);
    __syncthreads();
    add_slices(shared, thread, sum);
  }
  store_tile<T>(thread, place, sum, scale, ToFloat<T>{}, FromFloat<T>{});
}

}  // namespace

bool has_merge_kernel() {
  cudaFuncAttributes attributes{};
  const bool known = cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(merge_kernel<float>)) == cudaSuccess;
  cudaGetLastError();
  return known;
}

cudaError_t launch_merge(const MergeTable& table, float scale, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(table.blocks);
  switch (table.number) {
    case Number::F32:
      merge_kernel<float><<<blocks, kThreads, 0, stream>>>(table, scale);
      break;
    case Number::F16:
      merge_kernel<__half><<<blocks, kThreads, 0, stream>>>(table, scale);
      break;
    case Number::BF16:
      merge_kernel<__nv_bfloat16><<<blocks, kThreads, 0, stream>>>(table, scale);
      break;
  }
  return cudaGetLastError();
}

}  // namespace svg::cuda
