#include "libcore/cuda/group_norm.h"
#include "libcore/cuda/numbers.cuh"

namespace svg::cuda {

namespace {

__device__ NormPlace place_here(const GroupNormCall& c, const NormGrid& grid) {
  return norm_place(c, grid, blockIdx.x, blockIdx.y, blockIdx.z, static_cast<int>(threadIdx.x));
}

template <class T, bool kBackward>
__global__ void __launch_bounds__(kNormThreads)
    sum_channels(GroupNormCall c, NormGrid grid, const void* dy, float* all) {
  __shared__ NormShared shared;
  const int thread = static_cast<int>(threadIdx.x);
  const NormPlace p = place_here(c, grid);
  NormSums sums;
  if (p.active) {
    if constexpr (kBackward) add_gradients<T>(c, p, dy, ToFloat<T>{}, sums);
    else add_deviations<T>(c, p, ToFloat<T>{}, sums);
  }
  share_sums(shared, p, thread, sums);
  __syncthreads();
  store_sums(shared, c, grid, p, thread, all);
}

// A block a group of a sample; means: nullptr forward.
template <class T>
__global__ void __launch_bounds__(kGroupThreads)
    sum_groups(GroupNormCall c, NormGrid grid, const float* all, float* means) {
  __shared__ GroupShared shared;
  const int64_t group = blockIdx.x, sample = blockIdx.y;
  add_channels<T>(c, grid, group, sample, static_cast<int>(threadIdx.x), means != nullptr, all,
                  ToFloat<T>{}, shared);
  __syncthreads();
  if (threadIdx.x != 0) return;
  const GroupSums sums = finish_group(c, shared);
  if (means == nullptr) {
    store_statistics<T>(c, group, sample, sums, ToFloat<T>{});
  } else {
    means[sample * c.groups + group] = sums.u;
    means[(c.samples + sample) * c.groups + group] = sums.v;
  }
}

template <class T>
__global__ void __launch_bounds__(kNormThreads)
    apply_norm(GroupNormCall c, NormGrid grid, void* y) {
  normalize<T>(c, place_here(c, grid), ToFloat<T>{}, FromFloat<T>{}, y);
}

template <class T>
__global__ void __launch_bounds__(kNormThreads)
    apply_backward(GroupNormCall c, NormGrid grid, const void* dy, const float* means, void* dx) {
  normalize_backward<T>(c, place_here(c, grid), dy, means, ToFloat<T>{}, FromFloat<T>{}, dx);
}

dim3 blocks_of(const GroupNormCall& c, const NormGrid& grid) {
  return {static_cast<unsigned>(grid.slabs), static_cast<unsigned>(c.samples),
          static_cast<unsigned>(grid.chunks)};
}
dim3 groups_of(const GroupNormCall& c) {
  return {static_cast<unsigned>(c.groups), static_cast<unsigned>(c.samples)};
}

}  // namespace

cudaError_t launch_group_norm(const GroupNormCall& c, const NormGrid& grid, float* sums, void* y,
                              cudaStream_t stream) {
  with_type(c.number, [&](auto type) {
    using T = decltype(type);
    sum_channels<T, false><<<blocks_of(c, grid), kNormThreads, 0, stream>>>(c, grid, nullptr, sums);
    sum_groups<T><<<groups_of(c), kGroupThreads, 0, stream>>>(c, grid, sums, nullptr);
    apply_norm<T><<<blocks_of(c, grid), kNormThreads, 0, stream>>>(c, grid, y);
  });
  return cudaGetLastError();
}

cudaError_t launch_group_norm_backward(const GroupNormCall& c, const NormGrid& grid, const void* dy,
                                       float* sums, float* means, void* dx, cudaStream_t stream) {
  with_type(c.number, [&](auto type) {
    using T = decltype(type);
    sum_channels<T, true><<<blocks_of(c, grid), kNormThreads, 0, stream>>>(c, grid, dy, sums);
    sum_groups<T><<<groups_of(c), kGroupThreads, 0, stream>>>(c, grid, sums, means);
    apply_backward<T><<<blocks_of(c, grid), kNormThreads, 0, stream>>>(c, grid, dy, means, dx);
  });
  return cudaGetLastError();
}

}  // namespace svg::cuda
