#include "libcore/slow/averaged_weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace svg::slow {

namespace {

void exchange(optim::FlatParameters& p, const at::Tensor& average) {
  const at::NoGradGuard no_grad;
  optim::for_each_segment(average.numel(), [&](int64_t first, int64_t count) {
    at::Tensor master = p.values.narrow(0, first, count),
               averaged = average.narrow(0, first, count);
    const at::Tensor kept = master.detach().clone();
    master.copy_(averaged);
    averaged.copy_(kept);
  });
  optim::refresh_weights(p);
}

}  // namespace

void with_averaged_weights(optim::FlatParameters& p, const at::Tensor& average,
                           const std::function<void()>& f) {
  if (!average.defined()) return f();
  exchange(p, average);
  try {
    f();
  } catch (...) {
    try {
      exchange(p, average);
    } catch (...) {
      // The first error says what happened.
    }
    throw;
  }
  exchange(p, average);
}

}  // namespace svg::slow
