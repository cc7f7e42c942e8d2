#include "libcore/tensor/runtime.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "libcore/base/error.h"
#include "libcore/tensor/gpu.h"

namespace svg {
namespace {

// MKL's vector functions choose their code on the first call, and not safely: of two threads that
// make that call together, one may compute its part with the least exact code (pytorch issue
// 188792), so that about one run in two hundred differed. One call each, from this thread alone.
void choose_vector_math() {
  using Function = at::Tensor (*)(const at::Tensor&);
  constexpr Function kFunctions[] = {at::acos, at::asin,  at::atan, at::cos,   at::erf,   at::erfc,
                                     at::exp,  at::expm1, at::log,  at::log10, at::log1p, at::log2,
                                     at::sin,  at::sinh,  at::cosh, at::sqrt,  at::tan,   at::tanh};
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto one = at::full({1}, 0.5, type);
    for (const Function function : kFunctions) function(one);
  }
}

}  // namespace

at::Device apply_runtime(const Context& context) {
  at::set_num_threads(std::max(1, context.threads));
  choose_vector_math();
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
