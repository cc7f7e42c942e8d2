#include "libcore/fast/overwritten_weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace svg::fast {

OverwrittenWeights::OverwrittenWeights(std::vector<at::Tensor> weights)
    : weights_(std::move(weights)) {
  if (weights_.empty() || weights_[0].is_meta()) return;
  int64_t total = 0;
  for (const auto& w : weights_) total += w.numel();
  const auto buffer =
      at::empty({total}, weights_[0].options().requires_grad(false).device(at::kCPU).pinned_memory(
                             weights_[0].is_cuda()));
  int64_t first = 0;
  for (const auto& w : weights_) {
    own_.push_back(buffer.narrow(0, first, w.numel()).view(w.sizes()));
    first += w.numel();
  }
}

// Copies go in the order of the current stream, so nothing here waits.
void OverwrittenWeights::begin() {
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < own_.size() && !copied_; ++i)
    own_[i].copy_(weights_[i], /*non_blocking=*/true);
  copied_ = begun_ = true;
}

void OverwrittenWeights::restore() {
  if (!begun_) return;
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < own_.size(); ++i) weights_[i].copy_(own_[i], /*non_blocking=*/true);
  begun_ = false;
}

}  // namespace svg::fast
