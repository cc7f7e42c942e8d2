#include "libcore/fast/merged_weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/tensor/gpu.h"

namespace svg::fast {

void MergedWeights::compute(const std::vector<MergedLayer>& layers, double scale) {
  const at::NoGradGuard no_grad;
  if (compute_at_once(layers, scale)) return;
  for (const auto& layer : layers) {
    const auto w = layer.w.to(at::kFloat).unsqueeze(0).expand_as(layer.merged);
    at::Tensor(layer.merged).copy_(at::baddbmm(w, layer.b, layer.a, 1.0, scale));
  }
}

bool MergedWeights::compute_at_once(const std::vector<MergedLayer>& layers, double scale) {
  if (layers.empty() || !layers[0].w.is_cuda() || cuda_plugin() == nullptr) return false;
  const auto type = layers[0].w.scalar_type();
  const auto number = number_of(type);
  if (!number) return false;
  std::vector<cuda::MergeLayer> now;
  for (const auto& l : layers) {
    if (l.w.scalar_type() != type || !l.w.is_contiguous() || !l.a.is_contiguous() ||
        !l.b.is_contiguous())
      return false;
    now.push_back({l.w.const_data_ptr(), l.a.const_data_ptr<float>(), l.b.const_data_ptr<float>(),
                   l.merged.data_ptr(), l.w.size(0), l.w.size(1)});
  }
  if (now != known_) {  // the first time, or tensors have moved
    table_ = cuda_plugin()->merge_table(layers[0].w.get_device(), now, layers[0].a.size(0),
                                        layers[0].a.size(1), *number);
    known_ = std::move(now);
  }
  if (!table_) return false;
  cuda_plugin()->merge(table_.get(), static_cast<float>(scale));
  return true;
}

}  // namespace svg::fast
