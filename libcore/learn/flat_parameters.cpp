#include "libcore/learn/flat_parameters.h"

#include <ATen/ATen.h>

namespace svg::learn {

FlatParameters flatten(const NamedTensors& tensors) {
  FlatParameters flat;
  int64_t total = 0;
  for (const auto& [name, t] : tensors) total += t.numel();
  const auto options = tensors.empty() ? at::TensorOptions(at::kFloat) : tensors.front().second.options().dtype(at::kFloat);
  flat.values = at::empty({total}, options);
  flat.grads = at::zeros({total}, options);
  int64_t offset = 0;
  for (const auto& [name, t] : tensors) {
    at::Tensor handle = t;
    at::Tensor view = flat.values.narrow(0, offset, t.numel()).view(t.sizes());
    view.copy_(t.detach());
    handle.set_data(view);
    handle.set_requires_grad(true);
    handle.mutable_grad() = flat.grads.narrow(0, offset, t.numel()).view(t.sizes());
    flat.named.emplace_back(name, handle);
    offset += t.numel();
  }
  return flat;
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
  const double norm = flat.grads.norm().item<double>();
  if (max_norm > 0 && norm > max_norm) flat.grads.mul_(max_norm / norm);
  return norm;
}

}  // namespace svg::learn
