// Kernels of group normalization in channels last. For .cpp and .cu files of this folder.
#pragma once
#include <cuda_runtime_api.h>

#include "libcore/cuda/group_norm_tile.h"

namespace svg::cuda {

// y, mean and rstd of the call; `sums` [2, N, slabs, C] is scratch memory.
cudaError_t launch_group_norm(const GroupNormCall&, const NormGrid&, float* sums, void* y,
                              cudaStream_t);
// dx; `sums` [2, N, slabs, C] is left with the gradients of bias and weight, to be summed over N
// and slabs; `means` [2, N, G] is scratch memory.
cudaError_t launch_group_norm_backward(const GroupNormCall&, const NormGrid&, const void* dy,
                                       float* sums, float* means, void* dx, cudaStream_t);

}  // namespace svg::cuda
