#include "test/support/golden.h"

#include <ATen/ATen.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "formats/safetensors.h"
#include "libcore/tensor/parameters.h"

namespace svg::test {

std::string golden_path(const std::string& path) {
  return SVG_SOURCE_DIR "/test/golden/" + path;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  require(in.good(), ErrorKind::NoInput, path, ": cannot be opened");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

json read_json(const std::string& path) {
  return parse_json(read_text(path), path);
}

std::map<std::string, at::Tensor> read_tensors(const std::string& path) {
  const formats::SafetensorsFile file(path);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& view : file.view().tensors) tensors[view.name] = tensor_of(view);
  return tensors;
}

double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (!actual.defined() || actual.sizes() != expected.sizes()) return kInfinite;
  if (expected.numel() == 0) return 0;
  const at::Tensor a = actual.detach().to(at::kDouble), e = expected.to(at::kDouble);
  if (!a.isfinite().all().item<bool>()) return kInfinite;
  const double scale = e.abs().max().item<double>(),
               difference = (a - e).abs().max().item<double>();
  return scale > 0 ? difference / scale : (difference > 0 ? kInfinite : 0);
}

}  // namespace svg::test
