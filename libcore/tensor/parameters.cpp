#include "libcore/tensor/parameters.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/tensor/convolution_layout.h"

namespace svg {

namespace {

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? "," : "") + std::to_string(shape[i]);
  return text + "]";
}

at::Tensor fresh_tensor(uint64_t seed, const std::string& name, at::IntArrayRef shape, Init init,
                        int64_t fan_in) {
  if (init == Init::Ones) return at::ones(shape, at::kFloat);
  if (init == Init::Zeros) return at::zeros(shape, at::kFloat);
  auto generator =
      at::make_generator<at::CPUGeneratorImpl>(seed_from(cat("init/", seed, "/", name)));
  at::Tensor t = at::empty(shape, at::kFloat);
  if (init == Init::Normal) return t.normal_(0, 1, generator);
  if (init == Init::Small) return t.normal_(0, 0.02, generator);
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return t.uniform_(-bound, bound, generator);
}

}  // namespace

Parameters Parameters::from_files(std::shared_ptr<const formats::WeightFiles> files,
                                  at::ScalarType dtype, at::Device device, std::string where) {
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

Parameters Parameters::on_meta(at::ScalarType dtype) {
  Parameters p;
  p.dtype_ = dtype;
  p.device_ = at::kMeta;
  return p;
}

at::Tensor Parameters::take(const std::string& name, at::IntArrayRef shape, Init init,
                            int64_t fan_in) {
  const auto options = at::TensorOptions().dtype(dtype_).device(device_);
  const auto* view = files_ ? find(name, shape) : nullptr;
  at::Tensor t;
  if (device_.is_meta()) {
    t = at::empty(shape, options);
  } else if (view) {
    // One conversion on the way to the device; the mapped bytes are never kept.
    t = at::from_blob(const_cast<std::byte*>(view->bytes.data()), shape,
                      at::TensorOptions().dtype(scalar_type_of(view->dtype)))
            .to(options, false, /*copy=*/true);
    if (wants_channels_last(t)) t = with_channels_last(t);
    formats::release_pages(*view);
  } else {
    t = files_ ? at::zeros(shape, options)
               : fresh_tensor(seed_, name, shape, init, fan_in).to(device_);
  }
  list_.emplace_back(name, t);
  return t;
}

const formats::TensorView* Parameters::find(const std::string& name, at::IntArrayRef shape) {
  const auto& tensors = files_->tensors();
  auto it = tensors.find(name);
  if (auto alias = older_.find(name); it == tensors.end() && alias != older_.end())
    it = tensors.find(alias->second);
  taken_.insert(it == tensors.end() ? name : it->first);
  if (it == tensors.end()) {
    problems_.push_back(cat("missing ", name, " ", shape_text(shape)));
  } else if (at::IntArrayRef(it->second.shape) != shape) {
    problems_.push_back(cat("shape of ", name, ": expected ", shape_text(shape), ", got ",
                            shape_text(it->second.shape)));
  } else if (!at::isFloatingType(scalar_type_of(it->second.dtype))) {
    problems_.push_back(cat("dtype of ", name, ": expected F32, F16 or BF16, got ",
                            formats::dtype_name(it->second.dtype)));
  } else {
    return &it->second;
  }
  return nullptr;
}

void Parameters::also_called(const std::string& name, const std::string& older) {
  older_[name] = older;
}

bool Parameters::has(const std::string& name) const {
  return !files_ || files_->tensors().count(name) > 0;
}

void Parameters::ignore(const std::string& name) {
  taken_.insert(name);
}

std::shared_ptr<const LoraSlot> Parameters::add_site(const std::string& name,
                                                     const at::Tensor& weight) {
  slots_.push_back(std::make_shared<LoraSlot>());
  sites_.push_back({name, weight, slots_.back()});
  return slots_.back();
}

void Parameters::finish() {
  if (files_) {
    for (const auto& [name, view] : files_->tensors()) {
      if (!taken_.count(name))
        problems_.push_back(cat("unexpected ", name, " ", shape_text(view.shape)));
    }
  }
  files_.reset();
  if (problems_.empty()) return;
  constexpr size_t kNamed = 40;  // weights of another model have thousands
  std::string list;
  for (size_t i = 0; i < std::min(problems_.size(), kNamed); ++i)
    list += (list.empty() ? "" : "; ") + problems_[i];
  if (problems_.size() > kNamed) list += cat("; and ", problems_.size() - kNamed, " more");
  fail(ErrorKind::Data, where_, ": ", problems_.size(),
       " parameters do not fit its config.json: ", list);
}

int64_t Parameters::count() const {
  int64_t n = 0;
  for (const auto& [name, t] : list_) n += t.numel();
  return n;
}

}  // namespace svg
