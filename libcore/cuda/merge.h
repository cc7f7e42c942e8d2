// Merging all adapted layers in one launch. For .cpp and .cu files of this folder.
#pragma once
#include <cuda_runtime_api.h>

#include "libcore/cuda/plugin.h"

namespace svg::cuda {

// On the device: layers [count] and the first block of each, [count]; blocks in all.
struct MergeTable {
  const MergeLayer* layers;
  const int64_t* first;
  int count;
  int64_t blocks, rank;
  Number number;
};

// Whether this build has the kernel for the current device.
bool has_merge_kernel();
cudaError_t launch_merge(const MergeTable&, float scale, cudaStream_t);

}  // namespace svg::cuda
