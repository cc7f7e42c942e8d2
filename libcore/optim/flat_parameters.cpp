#include "libcore/optim/flat_parameters.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace svg::optim {

FlatParameters flatten(const NamedTensors& tensors, at::ScalarType compute, int64_t micro_batches) {
  FlatParameters flat;
  int64_t total = 0;
  for (const auto& [name, t] : tensors) total += t.numel();
  const auto options = tensors.empty() ? at::TensorOptions(at::kFloat)
                                       : tensors.front().second.options().dtype(at::kFloat);
  const bool narrow = compute != at::kFloat;
  flat.values = at::empty({total}, options);
  flat.weights = narrow ? at::empty({total}, options.dtype(compute)) : flat.values;
  flat.grads = at::zeros({total}, options.dtype(compute));
  if (narrow && micro_batches > 1) flat.sum = at::zeros({total}, options);
  int64_t offset = 0;
  for (const auto& [name, t] : tensors) {
    at::Tensor handle = t;
    const auto part_of = [&](const at::Tensor& buffer) {
      return buffer.narrow(0, offset, t.numel()).view(t.sizes());
    };
    part_of(flat.values).copy_(t.detach());
    if (narrow) part_of(flat.weights).copy_(part_of(flat.values));
    handle.set_data(part_of(flat.weights));
    handle.set_requires_grad(true);
    handle.mutable_grad() = part_of(flat.grads);
    flat.named.emplace_back(name, handle);
    offset += t.numel();
  }
  return flat;
}

FlatParameters flatten_frozen(const NamedTensors& tensors) {
  FlatParameters flat;
  int64_t total = 0, offset = 0;
  for (const auto& [name, t] : tensors) total += t.numel();
  const auto options = tensors.empty() ? at::TensorOptions(at::kFloat)
                                       : tensors.front().second.options().dtype(at::kFloat);
  flat.values = flat.weights = at::empty({total}, options);
  for (const auto& [name, t] : tensors) {
    at::Tensor handle = t;
    const auto part = flat.values.narrow(0, offset, t.numel()).view(t.sizes());
    part.copy_(t.detach());
    handle.set_data(part);
    flat.named.emplace_back(name, handle);
    offset += t.numel();
  }
  return flat;
}

void refresh_weights(FlatParameters& flat) {
  const at::NoGradGuard no_grad;
  if (!flat.weights.is_same(flat.values)) flat.weights.copy_(flat.values);
}

void clear_gradients(FlatParameters& flat) {
  flat.grads.zero_();
  if (flat.sum.defined()) flat.sum.zero_();
}

void collect_gradients(FlatParameters& flat) {
  if (!flat.sum.defined()) return;
  flat.sum.add_(flat.grads);
  flat.grads.zero_();
}

at::Tensor& gradients(FlatParameters& flat) {
  return flat.sum.defined() ? flat.sum : flat.grads;
}

NamedTensors cut(const FlatParameters& like, const at::Tensor& flat) {
  NamedTensors named;
  int64_t offset = 0;
  for (const auto& [name, t] : like.named) {
    named.emplace_back(name, flat.narrow(0, offset, t.numel()).view(t.sizes()));
    offset += t.numel();
  }
  return named;
}

double clip_gradients(FlatParameters& flat, double max_norm) {
  auto& grads = gradients(flat);
  double norm = 0;
  if (grads.scalar_type() == at::kFloat) {
    norm = grads.norm().item<double>();
  } else {
    for_each_segment(grads.numel(), [&](int64_t first, int64_t count) {
      norm += grads.narrow(0, first, count).to(at::kFloat).square().sum().item<double>();
    });
    norm = std::sqrt(norm);
  }
  if (max_norm > 0 && norm > max_norm) grads.mul_(max_norm / norm);
  return norm;
}

void for_each_segment(int64_t total, const std::function<void(int64_t, int64_t)>& f) {
  constexpr int64_t kLength = int64_t{1} << 22;
  for (int64_t first = 0; first < total; first += kLength)
    f(first, std::min(kLength, total - first));
}

}  // namespace svg::optim
