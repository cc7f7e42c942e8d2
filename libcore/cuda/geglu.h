// Kernels of the gate of feed-forward layers. For .cpp and .cu files of this folder.
#pragma once
#include <cuda_runtime_api.h>

#include "libcore/cuda/plugin.h"

namespace svg::cuda {

// `packs`: rows * width / kPack, at least one.
cudaError_t launch_geglu(const void* x, int64_t packs, int64_t width, Number, void* y,
                         cudaStream_t);
cudaError_t launch_geglu_backward(const void* x, const void* dy, int64_t packs, int64_t width,
                                  Number, void* dx, cudaStream_t);

}  // namespace svg::cuda
