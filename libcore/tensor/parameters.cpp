#include "libcore/tensor/parameters.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "formats/base/error.h"
#include "formats/base/hash.h"

namespace svg {

namespace {

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? "," : "") + std::to_string(shape[i]);
  return text + "]";
}

at::Tensor fresh_tensor(uint64_t seed, const std::string& name, at::IntArrayRef shape, Init init, int64_t fan_in) {
  if (init == Init::Ones) return at::ones(shape, at::kFloat);
  if (init == Init::Zeros) return at::zeros(shape, at::kFloat);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed_from(cat("init/", seed, "/", name)));
  at::Tensor t = at::empty(shape, at::kFloat);
  if (init == Init::Normal) return t.normal_(0, 1, generator);
  if (init == Init::Small) return t.normal_(0, 0.02, generator);
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return t.uniform_(-bound, bound, generator);
}

}  // namespace

Parameters Parameters::from_files(std::shared_ptr<const formats::WeightFiles> files, at::ScalarType dtype, at::Device device,
                                  std::string where) {
  Parameters p;
  p.files_ = std::move(files);
  p.dtype_ = dtype;
  p.device_ = device;
  p.where_ = std::move(where);
  return p;
}

Parameters Parameters::fresh(uint64_t seed, at::Device device) {
  Parameters p;
  p.seed_ = seed;
  p.device_ = device;
  return p;
}

Parameters Parameters::without_numbers(at::ScalarType dtype) {
  Parameters p;
  p.dtype_ = dtype;
  p.device_ = at::kMeta;
  return p;
}

at::Tensor Parameters::take(const std::string& name, at::IntArrayRef shape, Init init, int64_t fan_in) {
  at::Tensor t;
  if (device_.is_meta()) {
    t = at::empty(shape, at::TensorOptions().dtype(dtype_).device(device_));
  } else if (!files_) {
    t = fresh_tensor(seed_, name, shape, init, fan_in).to(device_);
  } else {
    auto it = files_->tensors().find(name);
    if (auto alias = older_.find(name); it == files_->tensors().end() && alias != older_.end())
      it = files_->tensors().find(alias->second);
    taken_.insert(it == files_->tensors().end() ? name : it->first);
    if (it == files_->tensors().end()) {
      problems_.push_back(cat("missing ", name, " ", shape_text(shape)));
    } else if (at::IntArrayRef(it->second.shape) != shape) {
      problems_.push_back(
          cat("shape of ", name, ": expected ", shape_text(shape), ", got ", shape_text(it->second.shape)));
    } else {
      // One conversion on the way to the device; the mapped bytes are never kept.
      at::Tensor mapped = at::from_blob(const_cast<std::byte*>(it->second.bytes.data()), shape,
                                        at::TensorOptions().dtype(scalar_type_of(it->second.dtype)));
      t = mapped.to(at::TensorOptions().dtype(dtype_).device(device_), false, /*copy=*/true);
    }
    if (!t.defined()) t = at::zeros(shape, at::TensorOptions().dtype(dtype_).device(device_));
  }
  list_.emplace_back(name, t);
  return t;
}

void Parameters::also_called(const std::string& name, const std::string& older) { older_[name] = older; }

bool Parameters::has(const std::string& name) const { return !files_ || files_->tensors().count(name) > 0; }

void Parameters::ignore(const std::string& name) { taken_.insert(name); }

std::shared_ptr<LoraSlot> Parameters::add_site(const std::string& name, const at::Tensor& weight) {
  auto slot = std::make_shared<LoraSlot>();
  sites_.push_back({name, weight, slot});
  return slot;
}

void Parameters::finish() {
  if (files_) {
    for (const auto& [name, view] : files_->tensors()) {
      if (!taken_.count(name)) problems_.push_back(cat("unexpected ", name, " ", shape_text(view.shape)));
    }
  }
  files_.reset();
  if (problems_.empty()) return;
  std::string list;
  for (const auto& problem : problems_) list += (list.empty() ? "" : "; ") + problem;
  fail(ErrorKind::Data, where_, ": ", problems_.size(), " parameters do not fit its config.json: ", list);
}

int64_t Parameters::count() const {
  int64_t n = 0;
  for (const auto& [name, t] : list_) n += t.numel();
  return n;
}

}  // namespace svg
