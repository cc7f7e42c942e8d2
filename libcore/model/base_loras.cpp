#include "libcore/model/base_loras.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "formats/lora/lora_exchange.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"

namespace svg {

namespace {

struct ScaledLora {
  formats::ForeignLora lora;
  double scale = 1;
};

ScaledLora open_scaled(const std::string& file_and_scale) {
  std::string path = file_and_scale;
  double scale = 1;
  if (const auto colon = path.rfind(':'); colon != std::string::npos) {
    try {
      size_t used = 0;
      scale = std::stod(path.substr(colon + 1), &used);
      if (colon + 1 + used != path.size()) throw std::invalid_argument(path);
    } catch (const std::exception&) {
      fail(ErrorKind::Usage, "--lora \"", file_and_scale, "\": expected FILE or FILE:SCALE");
    }
    path.resize(colon);
  }
  return {formats::open_lora(path), scale};
}

// The axes behind the first, without those of size 1 at the end: a linear layer may be stored as a
// convolution of 1x1, and the other way round.
at::IntArrayRef inner_sizes(const at::Tensor& t) {
  auto sizes = t.sizes().slice(1);
  while (sizes.size() > 1 && sizes.back() == 1) sizes = sizes.slice(0, sizes.size() - 1);
  return sizes;
}

// SCALE * alpha/rank * B A in fp32, in the shape of the weight.
at::Tensor change_of(const formats::LoraLayer& layer, double scale, const at::Tensor& weight,
                     const std::string& where) {
  const auto a = tensor_of(layer.a).to(weight.device(), at::kFloat),
             b = tensor_of(layer.b).to(weight.device(), at::kFloat);
  const auto rows = a.flatten(1), columns = b.flatten(1);  // [r, in * k * k], [out, r]
  require(weight.dim() > 1 && columns.size(0) == weight.size(0) && columns.size(1) == a.size(0) &&
              inner_sizes(a) == inner_sizes(weight),
          ErrorKind::Config, where, ": ", layer.module, " has other widths than this model");
  return columns.mm(rows)
      .mul(scale * layer.alpha / static_cast<double>(layer.rank()))
      .view(weight.sizes());
}

}  // namespace

std::string add_base_loras(const std::vector<std::string>& files, Parameters& unet,
                           const formats::ModelDirectory& model) {
  const at::NoGradGuard no_grad;
  const std::string& fingerprint = model.fingerprint("unet");
  std::map<std::string, at::Tensor> weights(unet.list().begin(), unet.list().end());
  std::map<std::string, at::Tensor> sums;  // fp32, by weight
  std::string changed = fingerprint;
  for (const auto& file : files) {
    auto [lora, scale] = open_scaled(file);
    formats::take_names_of(model, lora);
    const auto& path = lora.delta.path();
    require(!lora.delta.ours() || lora.delta.info().base == fingerprint, ErrorKind::Config, path,
            ": is of the model ", lora.delta.info().base, ", this one is ", fingerprint);
    for (const auto& layer : lora.layers) {
      const auto name = layer.module + ".weight";
      const auto it = weights.find(name);
      require(it != weights.end(), ErrorKind::Config, path, ": adapts ", layer.module,
              ", which is no layer of this model");
      auto& sum = sums[name];
      if (!sum.defined()) sum = it->second.to(at::kFloat, false, /*copy=*/true);
      sum.add_(change_of(layer, scale, it->second, path));
    }
    changed += cat("+lora:", sha256_hex_of_file(path).substr(0, 16), ":", scale);
  }
  for (auto& [name, sum] : sums) weights.at(name).copy_(sum);
  return changed;
}

}  // namespace svg
