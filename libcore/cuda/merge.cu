#include "libcore/cuda/merge.h"
#include "libcore/cuda/merge_tile.h"
#include "libcore/cuda/numbers.cuh"

namespace svg::cuda {

namespace {

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
  const bool known =
      cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(merge_kernel<float>)) ==
      cudaSuccess;
  cudaGetLastError();
  return known;
}

cudaError_t launch_merge(const MergeTable& table, float scale, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(table.blocks);
  with_type(table.number, [&](auto type) {
    merge_kernel<decltype(type)><<<blocks, kThreads, 0, stream>>>(table, scale);
  });
  return cudaGetLastError();
}

}  // namespace svg::cuda
