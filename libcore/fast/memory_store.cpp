#include "libcore/fast/memory_store.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/error.h"

namespace svg::fast {

namespace {

std::vector<std::string> split_targets(const std::string& targets) {
  std::vector<std::string> list;
  std::stringstream in(targets);
  for (std::string target; std::getline(in, target, ',');) list.push_back(target);
  return list;
}

// As TempLora names them. They live as long as `delta`. Throws Error{Data} where a number is not
// finite.
std::map<std::string, at::Tensor> tensors_of(const formats::LoraDelta& delta) {
  delta.check_finite();
  std::map<std::string, at::Tensor> tensors;
  for (const auto& layer : delta.layers()) {
    tensors[formats::kPeftPrefix + layer.module + ".lora_A.weight"] = tensor_of(layer.a);
    tensors[formats::kPeftPrefix + layer.module + ".lora_B.weight"] = tensor_of(layer.b);
  }
  return tensors;
}

int64_t step_of(const formats::SafetensorsFile& state, const std::string& where) {
  for (const auto& view : state.view().tensors) {
    if (view.name != formats::kOptimizerStep) continue;
    const auto t = tensor_of(view);
    const int64_t step = t.numel() == 1 ? t.to(at::kLong).item<int64_t>() : -1;
    if (step >= 0) return step;
  }
  fail(ErrorKind::Data, where, ": tensor \"", formats::kOptimizerStep,
       "\" is missing or malformed");
}

}  // namespace

formats::MemoryInfo memory_info(const FastSettings& s, const std::string& base,
                                const std::string& keep, const ordered_json& provenance) {
  formats::MemoryInfo info;
  info.lora.rank = s.rank;
  info.lora.alpha = s.scale() * static_cast<double>(s.rank);
  info.lora.base = base;
  info.lora.targets = split_targets(s.targets);
  info.lora.provenance = provenance;
  info.optimizer = to_json(s);
  info.keep = formats::KeepPolicy::parse(keep);
  return info;
}

void check_memory_fits(const formats::Memory& memory, const FastSettings& s,
                       const std::string& base) {
  const auto& lora = memory.info().lora;
  require(lora.base == base, ErrorKind::Config, memory.dir(), ": was learned on another model (",
          lora.base, "), this one is ", base, ": use the model it belongs to, or another --memory");
  require(lora.rank == s.rank, ErrorKind::Config, memory.dir(), ": has rank ", lora.rank,
          ", the settings say ", s.rank, ": use --fast-rank ", lora.rank, ", or another --memory");
  require(lora.alpha == s.scale() * static_cast<double>(s.rank), ErrorKind::Config, memory.dir(),
          ": has alpha ", lora.alpha, ", the settings say ",
          s.scale() * static_cast<double>(s.rank));
  require(lora.targets == split_targets(s.targets), ErrorKind::Config, memory.dir(),
          ": was learned with other --lora-targets than \"", s.targets, "\"");
  const auto start = json_get_or<std::string>(memory.info().optimizer, "init", "", memory.dir());
  const auto named = [](const std::string& digest) {
    return digest.empty() ? std::string("nothing") : digest;
  };
  require(start == s.init_digest, ErrorKind::Config, memory.dir(), ": started from ", named(start),
          ", the settings say ", named(s.init_digest), ": use ",
          start.empty() ? "--fast-init none" : "that --fast-init", ", or another --memory");
}

int64_t store_revision(formats::Memory& directory, const TempLora& memory, int64_t episode,
                       formats::Revision revision, const ordered_json& provenance) {
  const auto delta = memory.delta(episode);
  std::vector<formats::LoraLayer> layers;
  for (size_t i = 0; i + 1 < delta.size(); i += 2) {
    formats::LoraLayer layer;
    layer.module = memory.layer_names()[i / 2];
    layer.a = view_of(delta[i].first, delta[i].second);
    layer.b = view_of(delta[i + 1].first, delta[i + 1].second);
    layer.alpha = directory.info().lora.alpha;
    layers.push_back(std::move(layer));
  }
  const auto moments = memory.moments(episode);
  const auto step = at::full({1}, memory.steps_made(), at::kLong);
  std::vector<formats::TensorView> state;
  for (const auto& [name, t] : moments) state.push_back(view_of(name, t));
  state.push_back(view_of(formats::kOptimizerStep, step));
  return directory.append(std::move(revision), layers, state, provenance);
}

void restore_revision(const formats::Memory& directory, int64_t id, TempLora& memory,
                      int64_t episode, uint64_t seed) {
  if (id == 0) {
    memory.reset(seed, episode);
    return;
  }
  const auto delta = directory.delta(id);
  memory.load(episode, tensors_of(delta));
  const auto state = directory.state(id);
  const auto step = step_of(state, directory.state_path(id));
  std::map<std::string, at::Tensor> moments;
  for (const auto& view : state.view().tensors) {
    if (view.name != formats::kOptimizerStep) moments[view.name] = tensor_of(view);
  }
  if (step == 0 &&
      moments.empty()) {  // imported or merged: nothing has been learned from there yet
    for (const auto& [name, t] : memory.moments(episode)) moments[name] = at::zeros_like(t);
  }
  memory.load_moments(episode, moments, step);
}

int64_t optimizer_steps(const formats::Memory& directory, int64_t id) {
  return step_of(directory.state(id), directory.state_path(id));
}

void load_lora(const std::string& path, TempLora& memory) {
  const auto lora = formats::LoraDelta::open(path);
  auto tensors = tensors_of(lora);
  for (const auto& layer : lora.layers()) {
    auto& b = tensors.at(formats::kPeftPrefix + layer.module + ".lora_B.weight");
    b = b.to(at::kFloat) * (layer.alpha / static_cast<double>(layer.rank()) / memory.scale());
  }
  memory.load(0, tensors);
}

}  // namespace svg::fast
