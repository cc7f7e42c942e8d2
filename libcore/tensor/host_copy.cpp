#include "libcore/tensor/host_copy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace svg {

HostCopy::HostCopy(const at::Tensor& x)
    : sizes_(x.sizes().vec()), strides_(x.strides().vec()), options_(x.options()) {
  if (x.is_meta()) return;
  const at::NoGradGuard no_grad;
  host_ = at::empty_strided(sizes_, strides_, options_.device(at::kCPU).pinned_memory(x.is_cuda()));
  host_.copy_(x, /*non_blocking=*/true);
}

at::Tensor HostCopy::back() const {
  const at::Tensor x = at::empty_strided(sizes_, strides_, options_);
  write_to(x);
  return x;
}

void HostCopy::write_to(const at::Tensor& x) const {
  const at::NoGradGuard no_grad;
  // PyTorch gives pinned memory to nobody else before the stream has read it, so this object may go
  // at once.
  if (host_.defined()) at::Tensor(x).copy_(host_, /*non_blocking=*/true);
}

}  // namespace svg
