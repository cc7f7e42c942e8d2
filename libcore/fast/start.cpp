#include "libcore/fast/start.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "formats/lora/lora_delta.h"
#include "formats/model/model_directory.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"
#include "libcore/fast/lora_targets.h"
#include "libcore/fast/memory_store.h"
#include "libcore/fast/start_file.h"

namespace svg::fast {

namespace {

std::string a_of(const std::string& module) {
  return formats::kPeftPrefix + module + ".lora_A.weight";
}

std::string b_of(const std::string& module) {
  return formats::kPeftPrefix + module + ".lora_B.weight";
}

}  // namespace

Start read_start(const std::string& path, const FastSettings& s,
                 const std::vector<std::string>& layers, const std::string& base) {
  const auto delta = formats::LoraDelta::open(path);
  delta.check_finite();
  require(!delta.ours() || delta.info().base == base, ErrorKind::Config, path,
          ": starts memories of another model (", delta.info().base, "), this one is ", base,
          ": --fast-init none starts from nothing");
  Start start;
  for (const auto& layer : delta.layers()) {
    const auto& module = layer.module;
    require(std::find(layers.begin(), layers.end(), module) != layers.end(), ErrorKind::Config,
            path, ": adapts ", module, ", which is not among the --lora-targets \"", s.targets,
            "\"");
    require(layer.rank() == s.rank, ErrorKind::Config, path, ": has rank ", layer.rank(),
            ", the settings say ", s.rank, ": use --fast-rank ", layer.rank(),
            ", or --fast-init none");
    start.tensors[a_of(module)] = tensor_of(layer.a).to(at::kFloat);
    start.tensors[b_of(module)] = tensor_of(layer.b).to(at::kFloat) *
                                  (layer.alpha / static_cast<double>(layer.rank()) / s.scale());
  }
  for (const auto& module : layers)
    require(start.tensors.contains(a_of(module)), ErrorKind::Config, path, ": has nothing for ",
            module, ", which the --lora-targets \"", s.targets,
            "\" name: use those that it was made for");
  for (const auto& [module, rates] : delta.info().rates) {
    start.rates[a_of(module)] = rates[0];
    start.rates[b_of(module)] = rates[1];
  }
  return start;
}

void begin_from_file(const FastSettings& s, const std::string& base, TempLora& memory) {
  if (s.init.empty()) return;
  auto start = read_start(s.init, s, memory.layer_names(), base);
  for (const auto& [name, t] : memory.delta(0))
    require(start.tensors.at(name).sizes() == t.sizes(), ErrorKind::Config, s.init, ": ", name,
            " has another shape: it belongs to another model");
  memory.begin_from(std::move(start.tensors), start.rates);
}

Start fresh_start(const std::vector<LoraSite>& sites, const FastSettings& s, uint64_t seed) {
  Start start;
  for (const auto index : targeted_sites(sites, s.targets)) {
    const auto& site = sites[index];
    start.tensors[a_of(site.name)] =
        random_a(seed, "start", site.name, {s.rank, site.weight.size(1)});
    start.tensors[b_of(site.name)] = at::zeros({site.weight.size(0), s.rank});
  }
  return start;
}

void carry_start(const std::string& file, const std::string& to) {
  if (file.empty()) return;
  const auto copy = to + "/" + kModelStart;
  const auto delta = formats::LoraDelta::open(file);
  make_directories(to + "/fast");
  if (!delta.ours()) return write_file_atomically(copy, read_file(file));
  auto info = delta.info();
  info.base = formats::ModelDirectory(to).fingerprint("unet");
  formats::write_lora_delta(copy, info, delta.layers());
}

void write_start(const std::string& path, const Start& start, const FastSettings& s,
                 const std::string& base, const ordered_json& provenance) {
  auto info = memory_info(s, base, "all", provenance).lora;
  std::vector<formats::LoraLayer> layers;
  const std::string prefix = formats::kPeftPrefix, end = ".lora_A.weight";
  for (const auto& [name, a] : start.tensors) {
    if (!name.ends_with(end)) continue;
    formats::LoraLayer layer;
    layer.module = name.substr(prefix.size(), name.size() - prefix.size() - end.size());
    layer.a = view_of(name, a);
    layer.b = view_of(b_of(layer.module), start.tensors.at(b_of(layer.module)));
    layer.alpha = info.alpha;
    const auto rate_a = start.rates.find(name), rate_b = start.rates.find(b_of(layer.module));
    if (rate_a != start.rates.end() && rate_b != start.rates.end())
      info.rates[layer.module] = {rate_a->second, rate_b->second};
    layers.push_back(std::move(layer));
  }
  formats::write_lora_delta(path, info, layers);
}

}  // namespace svg::fast
