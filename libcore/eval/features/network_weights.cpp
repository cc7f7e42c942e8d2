#include "libcore/eval/features/network_weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/eval/features/published_weights.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/parameters.h"

namespace svg::eval {
namespace {

constexpr size_t kNamedProblems = 8;

std::string shape_text(at::IntArrayRef shape) {
  return cat(shape);
}

bool is_number(const formats::TensorView& view) {
  return at::isFloatingType(scalar_type_of(view.dtype));
}

// What examples/weights/convert.py computes, too: for each tensor of numbers, by name, a line
// "name [1, 2]" and the f32 little-endian.
std::string digest_of(const formats::SafetensorsView& view, const std::string& where) {
  std::map<std::string, const formats::TensorView*> by_name;
  for (const auto& tensor : view.tensors)
    if (is_number(tensor)) by_name.emplace(tensor.name, &tensor);
  Sha256 sha;
  for (const auto& [name, tensor] : by_name) {
    const auto numbers = tensor_of(*tensor).to(at::kFloat).contiguous();
    require(at::isfinite(numbers).all().item<bool>(), ErrorKind::Data, where, ": ", name,
            " has numbers that are not finite: the weights are damaged");
    sha.update(as_bytes_of(cat(name, " ", shape_text(tensor->shape), "\n")));
    sha.update(std::as_bytes(std::span<const float>(numbers.const_data_ptr<float>(),
                                                    static_cast<size_t>(numbers.numel()))));
  }
  return sha.hex();
}

}  // namespace

NetworkWeights NetworkWeights::from_file(const std::string& path) {
  NetworkWeights w;
  w.where_ = path;
  w.file_ = std::make_shared<formats::SafetensorsFile>(path);
  w.digest_ = digest_of(w.file_->view(), path);
  const auto& metadata = w.file_->view().metadata;
  const auto value = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  const auto written = value("content_sha256");
  require(written.empty() || written == w.digest_, ErrorKind::Data, path,
          ": its tensors are not those that were written (content_sha256): convert them anew");
  const bool known = is_published(w.digest_, written.empty() ? "" : value("source_sha256"));
  w.origin_ = known ? WeightOrigin::Published : WeightOrigin::Custom;
  return w;
}

NetworkWeights NetworkWeights::random(uint64_t seed, const std::string& network) {
  NetworkWeights w;
  w.seed_ = seed;
  w.network_ = network;
  return w;
}

at::Tensor NetworkWeights::find(const std::string& name, at::IntArrayRef shape) {
  const auto* view = file_->view().find(name);
  if (view == nullptr) {
    problems_.push_back(cat("missing ", name, " ", shape_text(shape)));
  } else if (at::IntArrayRef(view->shape) != shape) {
    problems_.push_back(
        cat(name, " is ", shape_text(view->shape), ", expected ", shape_text(shape)));
  } else if (!is_number(*view)) {
    problems_.push_back(cat(name, " is of type ", formats::dtype_name(view->dtype)));
  } else {
    return tensor_of(*view).to(at::kFloat);
  }
  return at::zeros(shape);
}

at::Tensor NetworkWeights::kernel(const std::string& name, at::IntArrayRef shape) {
  at::Tensor t;
  if (file_) {
    t = find(name, shape);
  } else {
    t = draw_normal({seed_, network_, 0, name, 0}, shape);
    t.mul_(std::sqrt(2.0 / (static_cast<double>(t.numel()) / static_cast<double>(shape[1]))));
  }
  list_.emplace_back(name, t);
  return t;
}

at::Tensor NetworkWeights::values(const std::string& name, at::IntArrayRef shape, double initial) {
  list_.emplace_back(name, file_ ? find(name, shape) : at::full(shape, initial, at::kFloat));
  return list_.back().second;
}

void NetworkWeights::ignore_prefix(const std::string& prefix) {
  prefixes_.push_back(prefix);
}

void NetworkWeights::ignore_suffix(const std::string& suffix) {
  suffixes_.push_back(suffix);
}

void NetworkWeights::finish() {
  if (!file_) return;
  std::set<std::string> taken;
  for (const auto& [name, tensor] : list_) taken.insert(name);
  for (const auto& [name, dtype, shape, bytes] : file_->view().tensors) {
    const std::string& full = name;
    const bool ignored = std::any_of(prefixes_.begin(), prefixes_.end(),
                                     [&](const auto& p) { return full.starts_with(p); }) ||
                         std::any_of(suffixes_.begin(), suffixes_.end(),
                                     [&](const auto& s) { return full.ends_with(s); });
    if (!ignored && !taken.count(name))
      problems_.push_back(cat("unexpected ", name, " ", shape_text(shape)));
  }
  file_.reset();
  if (problems_.empty()) return;
  std::string list;
  for (size_t i = 0; i < std::min(problems_.size(), kNamedProblems); ++i)
    list += (list.empty() ? "" : "; ") + problems_[i];
  if (problems_.size() > kNamedProblems)
    list += cat("; and ", problems_.size() - kNamedProblems, " more");
  fail(ErrorKind::Data, where_, ": are no weights of this network: ", list);
}

}  // namespace svg::eval
