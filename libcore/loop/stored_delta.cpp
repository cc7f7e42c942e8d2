#include "libcore/loop/stored_delta.h"

#include <ATen/ATen.h>

#include "libcore/fast/update_algebra.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/runtime.h"

namespace svg::loop {

StoredForm stored_form(const StoreSettings& s, int64_t rank, double scale) {
  if (s.rank == 0 || s.rank >= rank) return {rank, scale * static_cast<double>(rank)};
  return {s.rank, static_cast<double>(s.rank)};
}

NamedTensors approximated(const NamedTensors& delta, double scale, int64_t rank) {
  NamedTensors out;
  for (size_t i = 0; i + 1 < delta.size(); i += 2) {
    const auto &a = delta[i].second, &b = delta[i + 1].second;
    const auto best = fast::truncate({b.to(at::kDouble) * scale, a.to(at::kDouble)}, rank).update;
    out.emplace_back(delta[i].first, best.a);
    out.emplace_back(delta[i + 1].first, best.b);
  }
  return out;
}

int64_t store_delta(formats::Memory& directory, const fast::TempLora& memory, int64_t episode,
                    const StoreSettings& s, formats::Revision revision,
                    const ordered_json& provenance) {
  const auto dtype = dtype_from(s.dtype);
  const auto& form = directory.info().lora;
  auto kept = memory.delta(episode);  // A, B of each layer in turn
  if (form.rank != kept.front().second.size(0))
    kept = approximated(kept, memory.scale(), form.rank);
  for (auto& [name, t] : kept) t = t.to(dtype).contiguous();
  std::vector<formats::LoraLayer> layers;
  for (size_t i = 0; i + 1 < kept.size(); i += 2) {
    formats::LoraLayer layer;
    layer.module = memory.layer_names()[i / 2];
    layer.a = view_of(kept[i].first, kept[i].second);
    layer.b = view_of(kept[i + 1].first, kept[i + 1].second);
    layer.alpha = form.alpha;
    layers.push_back(std::move(layer));
  }
  const auto step = at::zeros({1}, at::kLong);
  return directory.append(std::move(revision), layers, {view_of(formats::kOptimizerStep, step)},
                          provenance);
}

std::map<std::string, at::Tensor> read_delta(const formats::Memory& directory, int64_t id) {
  const auto delta = directory.delta(id);
  delta.check_finite();
  std::map<std::string, at::Tensor> tensors;
  for (const auto& layer : delta.layers()) {
    const auto name = formats::kPeftPrefix + layer.module;
    tensors[name + ".lora_A.weight"] = tensor_of(layer.a).to(at::kFloat);
    tensors[name + ".lora_B.weight"] = tensor_of(layer.b).to(at::kFloat);
  }
  return tensors;
}

}  // namespace svg::loop
