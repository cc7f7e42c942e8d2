#include "formats/lora/lora_delta.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "formats/stream/stream_checks.h"
#include "formats/tensor_numbers.h"
#include "libcore/base/error.h"

namespace svg::formats {
namespace {

constexpr const char* kFormat = "svg-lora/1";

// The one number of a scalar tensor (kohya's and diffusers' .alpha), whatever its type.
double scalar_of(const TensorView& tensor, const std::string& where) {
  auto number = element_count(tensor) == 1 ? number_of(tensor) : std::nullopt;
  require(number && std::isfinite(*number), ErrorKind::Data, where, ": tensor ", tensor.name,
          " must be one finite number");
  return *number;
}

// Some writers leave alpha in the metadata instead of in tensors or beside the file, as the text of
// a number: LightX2V and scripts over PEFT (lora_alpha, r), others the names of kohya's settings.
std::optional<double> alpha_in_metadata(const Metadata& metadata, const LoraLayer& layer,
                                        const std::string& where) {
  auto number_at = [&](std::initializer_list<const char*> keys) -> std::optional<double> {
    for (const char* key : keys) {
      auto it = metadata.find(key);
      if (it == metadata.end() || it->second == "None" || it->second == "null") continue;
      json number = json::parse(it->second, nullptr, false);
      require(number.is_number() && std::isfinite(number.get<double>()), ErrorKind::Data, where,
              ": metadata key ", key, " is \"", it->second, "\", expected a number");
      return number.get<double>();
    }
    return std::nullopt;
  };
  auto alpha = number_at({"lora_alpha", "network_alpha", "ss_network_alpha", "alpha"});
  if (!alpha) return std::nullopt;
  auto rank = number_at({"r", "lora_rank", "network_dim", "ss_network_dim", "rank"});
  require(!rank || *rank == static_cast<double>(layer.rank()), ErrorKind::Data, where,
          ": the metadata says rank ", rank.value_or(0), " for its alpha ", *alpha, ", module ",
          layer.module, " has rank ", layer.rank());
  return alpha;
}

LoraInfo read_info(const Metadata& metadata, const std::string& where) {
  auto text = [&](const char* key) {
    auto it = metadata.find(key);
    require(it != metadata.end(), ErrorKind::Data, where, ": metadata key ", key, " is missing");
    return it->second;
  };
  std::string format = text("svg.format");
  require(format == kFormat, ErrorKind::Data, where, ": format \"", format,
          "\", this version reads \"", kFormat, "\"");
  require(metadata.contains("svg.digest"), ErrorKind::Data, where,
          ": metadata key svg.digest is missing: the file is damaged");
  LoraInfo info;
  json numbers{{"rank", parse_json(text("svg.rank"), where)},
               {"alpha", parse_json(text("svg.alpha"), where)}};
  info.rank = read_integer(numbers, "rank", where);
  info.alpha = json_get<double>(numbers, "alpha", where);
  info.base = text("svg.base");
  info.provenance = parse_ordered_json(text("svg.provenance"), where);
  for (const json& target : parse_json(text("svg.targets"), where)) {
    require(target.is_string(), ErrorKind::Data, where, ": svg.targets must be a list of strings");
    info.targets.push_back(target.get<std::string>());
  }
  if (metadata.contains("svg.rates")) {
    const auto rates = parse_json(text("svg.rates"), where);
    require(rates.is_object(), ErrorKind::Data, where, ": svg.rates must be an object");
    for (const auto& [module, pair] : rates.items()) {
      require(pair.is_array() && pair.size() == 2, ErrorKind::Data, where, ": svg.rates of ",
              module, " must be two numbers");
      for (size_t i = 0; i < 2; ++i) {
        const double rate = pair[i].is_number() ? pair[i].get<double>() : -1;
        require(std::isfinite(rate) && rate >= 0, ErrorKind::Data, where, ": svg.rates of ", module,
                " must be numbers of 0 or more");
        info.rates[module][i] = rate;
      }
    }
  }
  return info;
}

void check_layer(const LoraLayer& layer, const std::string& where) {
  const auto &a = layer.a.shape, &b = layer.b.shape;
  bool matrices = a.size() >= 2 && b.size() == a.size() && a[0] > 0 && a[0] == b[1];
  bool filled = std::ranges::find(a, 0) == a.end() && std::ranges::find(b, 0) == b.end();
  bool floats =
      layer.a.dtype == layer.b.dtype &&
      (layer.a.dtype == DType::F32 || layer.a.dtype == DType::F16 || layer.a.dtype == DType::BF16);
  require(matrices, ErrorKind::Data, where, ": module ", layer.module,
          ": A and B must be [r,in] and [out,r] with one r");
  require(filled, ErrorKind::Data, where, ": module ", layer.module, ": A or B is empty");
  require(a[0] <= kMaxLoraRank, ErrorKind::Data, where, ": module ", layer.module, " has rank ",
          a[0], ", at most ", kMaxLoraRank, " is read");
  require(floats, ErrorKind::Data, where, ": module ", layer.module,
          ": A and B must be of one float type (F32, F16 or BF16)");
}

}  // namespace

LoraDelta LoraDelta::open(const std::string& path) {
  return of(SafetensorsFile(path));
}

LoraDelta LoraDelta::of(SafetensorsFile file) {
  LoraDelta delta(std::move(file));
  const std::string& where = delta.path();
  const SafetensorsView& view = delta.file_.view();
  delta.ours_ = std::any_of(view.metadata.begin(), view.metadata.end(), [](const auto& entry) {
    return entry.first.starts_with("svg.") && !entry.first.starts_with("svg.digest");
  });
  if (delta.ours_) delta.info_ = read_info(view.metadata, where);

  struct Parts {
    const TensorView *a = nullptr, *b = nullptr;
    std::optional<double> alpha;
  };
  std::map<std::string, Parts> modules;
  for (const TensorView& tensor : view.tensors) {
    if (!delta.ours_ && is_text_encoder_key(tensor.name)) {
      ++delta.left_out_;
      continue;
    }
    auto key = parse_lora_key(tensor.name);
    require(key.has_value(), ErrorKind::Data, where, ": tensor ", tensor.name,
            ": not a LoRA key of the forms of PEFT, diffusers or kohya for a UNet");
    Parts& parts = modules[key->module];
    bool twice =
        (key->part == LoraKey::Part::A && parts.a) || (key->part == LoraKey::Part::B && parts.b);
    require(!twice, ErrorKind::Data, where, ": tensor ", tensor.name, ": a second one for module ",
            key->module);
    if (key->part == LoraKey::Part::A) parts.a = &tensor;
    if (key->part == LoraKey::Part::B) parts.b = &tensor;
    if (key->part == LoraKey::Part::Alpha) parts.alpha = scalar_of(tensor, where);
  }
  for (const auto& [module, parts] : modules) {
    require(parts.a && parts.b, ErrorKind::Data, where, ": module ", module, " has no ",
            parts.a ? "B (lora_B, up)" : "A (lora_A, down)");
    LoraLayer layer{module, *parts.a, *parts.b, 0, false};
    check_layer(layer, where);
    layer.alpha_stated = delta.ours_ || parts.alpha.has_value();
    if (delta.ours_ || parts.alpha) {
      layer.alpha = parts.alpha.value_or(delta.info_.alpha);
    } else {
      auto stated = alpha_in_metadata(view.metadata, layer, where);
      layer.alpha_stated = stated.has_value();
      // PEFT's default where nothing is said: alpha = rank.
      layer.alpha = stated.value_or(static_cast<double>(layer.rank()));
    }
    require(!delta.ours_ || layer.rank() == delta.info_.rank, ErrorKind::Data, where, ": module ",
            module, " has rank ", layer.rank(), ", the metadata says ", delta.info_.rank);
    delta.layers_.push_back(std::move(layer));
  }
  if (!delta.ours_ && !delta.layers_.empty()) {
    delta.info_.rank = delta.layers_.front().rank();
    delta.info_.alpha = delta.layers_.front().alpha;
  }
  return delta;
}

void LoraDelta::check_finite() const {
  for (const TensorView& tensor : file_.view().tensors) formats::check_finite(tensor, path());
}

void write_lora_delta(const std::string& path, const LoraInfo& info,
                      const std::vector<LoraLayer>& layers) {
  const Place place = place_of(path);
  write_lora_delta(Folder::open(place.folder, ErrorKind::CannotCreate, "cannot create " + path),
                   place.name, info, layers);
}

void write_lora_delta(const Folder& folder, const std::string& name, const LoraInfo& info,
                      const std::vector<LoraLayer>& layers) {
  const std::string path = folder.path_of(name);
  const std::string made_by = dump_json(info.provenance, path);
  parse_ordered_json(made_by, path);  // nothing is written that a reader would refuse
  std::vector<LoraLayer> sorted = layers;
  std::sort(sorted.begin(), sorted.end(),
            [](const LoraLayer& x, const LoraLayer& y) { return x.module < y.module; });
  std::vector<TensorView> tensors;
  for (const LoraLayer& layer : sorted) {
    check_layer(layer, path);
    require(!layer.module.empty(), ErrorKind::Internal, path, ": a module without a name");
    require(layer.rank() == info.rank && layer.alpha == info.alpha, ErrorKind::Internal, path,
            ": module ", layer.module, " has another rank or alpha than the delta");
    std::string prefix = kPeftPrefix + layer.module;
    tensors.push_back({prefix + ".lora_A.weight", layer.a.dtype, layer.a.shape, layer.a.bytes});
    tensors.push_back({prefix + ".lora_B.weight", layer.b.dtype, layer.b.shape, layer.b.bytes});
  }
  Metadata metadata{{"format", "pt"},
                    {"svg.format", kFormat},
                    {"svg.rank", std::to_string(info.rank)},
                    {"svg.alpha", json(info.alpha).dump()},
                    {"svg.base", info.base},
                    {"svg.targets", dump_json(info.targets, path)},
                    {"svg.provenance", made_by}};
  if (!info.rates.empty()) metadata["svg.rates"] = dump_json(info.rates, path);
  write_safetensors(folder, name, tensors, metadata);
}

}  // namespace svg::formats
