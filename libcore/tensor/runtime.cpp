#include "libcore/tensor/runtime.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "libcore/base/error.h"
#include "libcore/tensor/gpu.h"

namespace svg {

at::Device apply_runtime(const Context& context) {
  at::set_num_threads(std::max(1, context.threads));
  at::globalContext().setDeterministicAlgorithms(context.deterministic, /*warn_only=*/false);
  at::Device device(context.device);
  if (device.is_cuda()) {
    // Torch's first question to CUDA: it is final, so the plugin must be there by now.
    require(cuda_plugin() && at::globalContext().hasCUDA(), ErrorKind::Unavailable,
            "no CUDA device is usable here: use --device cpu");
    at::globalContext().setSDPUseCuDNN(false);  // see ForwardOnlyAttention
  }
  return device;
}

ForwardOnlyAttention::ForwardOnlyAttention() : before_(at::globalContext().userEnabledCuDNNSDP()) {
  at::globalContext().setSDPUseCuDNN(!at::globalContext().deterministicAlgorithms());
}

ForwardOnlyAttention::~ForwardOnlyAttention() {
  at::globalContext().setSDPUseCuDNN(before_);
}

at::ScalarType dtype_from(Precision precision) {
  return precision == Precision::Fp32   ? at::kFloat
         : precision == Precision::Bf16 ? at::kBFloat16
                                        : at::kHalf;
}

}  // namespace svg
