#include "libcore/model/lora_file.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "formats/base/error.h"
#include "formats/base/hash.h"
#include "formats/lora_delta.h"

namespace svg {

std::string apply_lora_file(const std::string& file_and_scale, Parameters& parameters) {
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
  const auto delta = formats::LoraDelta::open(path);
  delta.check_finite();
  at::NoGradGuard no_grad;
  for (const auto& layer : delta.layers()) {
    const LoraSite* site = nullptr;
    for (const auto& s : parameters.sites()) {
      if (s.name == layer.module) site = &s;
    }
    require(site, ErrorKind::Config, path, ": adapts ", layer.module, ", which is no linear layer of this model");
    const auto a = tensor_of(layer.a).to(at::kFloat), b = tensor_of(layer.b).to(at::kFloat);
    at::Tensor w = site->weight;
    require(a.dim() == 2 && b.dim() == 2 && b.size(0) == w.size(0) && a.size(1) == w.size(1), ErrorKind::Config, path, ": ",
            layer.module, " has other widths than this model");
    const auto change = b.mm(a).mul(scale * layer.alpha / static_cast<double>(layer.rank())).to(w.device());
    w.copy_(w.to(at::kFloat).add(change));
  }
  return cat("+lora:", sha256_hex_of_file(path).substr(0, 16), ":", scale);
}

}  // namespace svg
