#include "formats/lora/lora_exchange.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "formats/lora/ldm_names.h"
#include "formats/provenance.h"
#include "formats/tensor_numbers.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"

namespace svg::formats {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxConfigBytes = size_t{1} << 20;
constexpr const char* kPeftConfig = "adapter_config.json";
constexpr const char* kPeftWeights = "adapter_model.safetensors";
constexpr const char* kDiffusersWeights = "pytorch_lora_weights.safetensors";
constexpr const char* kDiffusersMetadata = "lora_adapter_metadata";  // diffusers.loaders.lora_base

void write_weights(const LoraDelta& delta, const std::string& prefix, const Metadata& metadata,
                   const std::string& path) {
  std::vector<TensorView> tensors;
  for (const LoraLayer& layer : delta.layers()) {
    tensors.push_back(
        {prefix + layer.module + ".lora_A.weight", layer.a.dtype, layer.a.shape, layer.a.bytes});
    tensors.push_back(
        {prefix + layer.module + ".lora_B.weight", layer.b.dtype, layer.b.shape, layer.b.bytes});
  }
  write_safetensors(path, tensors, metadata);
}

// Whole paths: a short name such as to_q would also meet layers that the delta leaves alone.
std::vector<std::string> modules_of(const LoraDelta& delta) {
  std::vector<std::string> modules;
  for (const LoraLayer& layer : delta.layers()) modules.push_back(layer.module);
  return modules;
}

bool is_set(const json& config, const std::string& key) {
  auto it = config.find(key);
  return it != config.end() && !it->is_null() && *it != false &&
         !(it->is_structured() && it->empty());
}

// The alpha of a LoraConfig for a layer of this rank, such that the scale is alpha / rank.
double alpha_from(const json& config, int64_t rank, const std::string& prefix,
                  const std::string& where) {
  for (const char* key :
       {"use_dora", "rank_pattern", "alpha_pattern", "lora_bias", "modules_to_save"}) {
    require(!is_set(config, prefix + key), ErrorKind::Data, where, ": uses ", key,
            ", which is not supported: expected one rank, one alpha, and A and B alone");
  }
  require(json_get_or<std::string>(config, prefix + "bias", "none", where) == "none",
          ErrorKind::Data, where, ": has biases, which are not supported");
  int64_t stated = config.contains(prefix + "r") ? read_integer(config, prefix + "r", where) : rank;
  require(stated == rank, ErrorKind::Data, where, ": says rank ", stated,
          ", the weights have rank ", rank);
  auto alpha = json_get_or<double>(config, prefix + "lora_alpha", static_cast<double>(rank), where);
  // rsLoRA's scale is alpha / sqrt(rank).
  return is_set(config, prefix + "use_rslora") ? alpha * std::sqrt(static_cast<double>(rank))
                                               : alpha;
}

std::string weights_in(const std::string& path) {
  if (!is_folder(path)) return path;
  for (const char* name : {kPeftWeights, kDiffusersWeights})
    if (path_exists(path + "/" + name)) return path + "/" + name;
  fail(ErrorKind::NoInput, path, ": holds neither ", kPeftWeights, " (PEFT) nor ",
       kDiffusersWeights, " (diffusers); .bin files must be saved as safetensors first");
}

// The layer is one of the UNet's linear layers.
void check_fits(const LoraLayer& layer, const WeightFiles& unet, const std::string& where) {
  auto found = unet.tensors().find(layer.module + ".weight");
  require(found != unet.tensors().end(), ErrorKind::Config, where, ": adapts ", layer.module,
          ", which this model does not have");
  const auto &w = found->second.shape, &a = layer.a.shape, &b = layer.b.shape;
  bool fits = w.size() == 2 && a.size() == 2 && b.size() == 2 && b[0] == w[0] && a[1] == w[1];
  require(fits, ErrorKind::Config, where, ": ", layer.module, " has other widths than this model");
}

// kohya and LDM store a linear layer as a convolution of 1x1, too.
void make_linear(TensorView& tensor) {
  while (tensor.shape.size() > 2 && tensor.shape.back() == 1) tensor.shape.pop_back();
}

// A memory has one rank and one alpha.
void check_uniform(const ForeignLora& lora) {
  const LoraLayer& first = lora.layers.front();
  for (const LoraLayer& layer : lora.layers) {
    require(layer.rank() == first.rank() && layer.alpha == first.alpha, ErrorKind::Data,
            lora.delta.path(), ": ", layer.module, " has rank ", layer.rank(), " and alpha ",
            layer.alpha, ", ", first.module, " rank ", first.rank(), " and alpha ", first.alpha,
            ": a memory has one of each");
  }
}

}  // namespace

void export_peft(const LoraDelta& delta, const std::string& dir) {
  // As peft.LoraConfig.save_pretrained writes it, without the keys that other kinds of adapters
  // need.
  ordered_json config{{"base_model_name_or_path", nullptr},
                      {"bias", "none"},
                      {"fan_in_fan_out", false},
                      {"inference_mode", true},
                      {"lora_alpha", delta.info().alpha},
                      {"lora_dropout", 0.0},
                      {"peft_type", "LORA"},
                      {"r", delta.info().rank},
                      {"target_modules", modules_of(delta)},
                      {"task_type", nullptr},
                      {"use_dora", false},
                      {"use_rslora", false}};
  create_folder_atomically(dir, [&](const std::string& temporary) {
    write_weights(delta, kPeftPrefix, {{"format", "pt"}}, temporary + "/" + kPeftWeights);
    write_file_atomically(temporary + "/" + kPeftConfig, config.dump(2) + "\n");
  });
}

void export_diffusers(const LoraDelta& delta, const std::string& dir) {
  ordered_json config{{"unet.r", delta.info().rank},
                      {"unet.lora_alpha", delta.info().alpha},
                      {"unet.target_modules", modules_of(delta)}};
  create_folder_atomically(dir, [&](const std::string& temporary) {
    write_weights(delta, "unet.", {{"format", "pt"}, {kDiffusersMetadata, config.dump()}},
                  temporary + "/" + kDiffusersWeights);
  });
}

ForeignLora open_lora(const std::string& path) {
  std::string weights = weights_in(path);
  ForeignLora lora{LoraDelta::open(weights), {}};
  lora.layers = lora.delta.layers();
  require(!lora.layers.empty(), ErrorKind::Data, weights, ": holds no LoRA layer",
          lora.delta.left_out() > 0 ? " but those of a text encoder" : "");
  if (lora.delta.left_out() > 0)
    log_warn(cat(weights, ": ", lora.delta.left_out(),
                 " tensors of text encoders are left out: only the UNet is adapted"));
  lora.delta.check_finite();
  std::string config_file = fs::path(weights).replace_filename(kPeftConfig);
  auto metadata = lora.delta.metadata().find(kDiffusersMetadata);
  auto take_alpha = [&](const json& config, const std::string& prefix, const std::string& where) {
    for (LoraLayer& layer : lora.layers)
      layer.alpha = alpha_from(config, layer.rank(), prefix, where);
  };
  bool unstated = std::any_of(lora.layers.begin(), lora.layers.end(),
                              [](const LoraLayer& layer) { return !layer.alpha_stated; });
  // PEFT's own file, or one that was renamed and does not say its alpha itself.
  bool of_peft = fs::path(weights).filename() == kPeftWeights ||
                 (unstated && metadata == lora.delta.metadata().end() && path_exists(config_file));
  if (of_peft) {
    take_alpha(parse_json(read_file(config_file, kMaxConfigBytes), config_file), "", config_file);
    lora.configuration = config_file;
  } else if (metadata != lora.delta.metadata().end()) {
    json config = parse_json(metadata->second, weights);
    take_alpha(config, config.contains("unet.r") ? "unet." : "", weights);
  }
  return lora;
}

void take_names_of(const ModelDirectory& model, ForeignLora& lora) {
  const bool of_ldm = std::ranges::any_of(lora.layers, [](const LoraLayer& layer) {
    return diffusers_name_of(layer.module, 1) != layer.module;
  });
  if (!of_ldm) return;
  const std::string where = model.config_path("unet");
  const auto layers_per_block =
      json_get_or<int64_t>(model.config("unet"), "layers_per_block", 2, where);
  require(layers_per_block > 0, ErrorKind::Data, where, ": layers_per_block is ", layers_per_block);
  std::set<std::string> names;
  for (LoraLayer& layer : lora.layers) {
    layer.module = diffusers_name_of(layer.module, layers_per_block);
    require(names.insert(layer.module).second, ErrorKind::Data, lora.delta.path(), ": adapts ",
            layer.module, " twice, under two names");
  }
}

void import_memory(ForeignLora lora, const ModelDirectory& model,
                   const std::vector<std::string>& targets, const KeepPolicy& keep,
                   const std::string& dir) {
  check_uniform(lora);
  take_names_of(model, lora);
  const auto unet = model.weights("unet");
  std::vector<std::vector<float>> numbers;
  std::vector<LoraLayer>& layers = lora.layers;
  for (LoraLayer& layer : layers) {
    make_linear(layer.a);
    make_linear(layer.b);
    check_fits(layer, *unet, lora.delta.path());
    for (TensorView* tensor : {&layer.a, &layer.b}) {
      if (tensor->dtype == DType::F32) continue;
      numbers.push_back(floats_of(*tensor));
      tensor->dtype = DType::F32;
      tensor->bytes = std::as_bytes(std::span<const float>(numbers.back()));
    }
  }
  MemoryInfo info;
  info.lora = {.rank = lora.delta.info().rank,
               .alpha = layers.front().alpha,
               .base = model.fingerprint("unet"),
               .targets = targets,
               .provenance = nullptr};
  info.lora.provenance = make_provenance(
      "svg-memory", {{"command", "import"}, {"targets", targets}, {"keep", keep.text()}}, 0,
      {{"unet", info.lora.base}, {"lora", "sha256:" + sha256_hex_of_file(lora.delta.path())}});
  info.optimizer = ordered_json::object();
  info.keep = keep;
  Memory::create_whole(dir, info, layers);
}

}  // namespace svg::formats
