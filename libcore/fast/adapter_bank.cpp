#include "libcore/fast/adapter_bank.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "formats/lora/lora_delta.h"
#include "libcore/base/error.h"
#include "libcore/fast/bank_rows.h"
#include "libcore/fast/lora_targets.h"
#include "libcore/tensor/draws.h"

namespace svg::fast {

at::Tensor random_a(uint64_t seed, const std::string& row, const std::string& layer,
                    at::IntArrayRef sizes) {
  const double bound = 1 / std::sqrt(static_cast<double>(sizes.back()));
  return draw_uniform({seed, row, 0, "lora/" + layer, 0}, sizes).mul(2 * bound).sub(bound);
}

AdapterBank::AdapterBank(Parameters& unet, const std::string& targets, int64_t rank, double scale,
                         std::vector<std::string> rows, MergeInto merge, Pairs pairs)
    : unet_(unet),
      sites_(targeted_sites(unet.sites(), targets)),
      rows_(std::move(rows)),
      scale_(scale),
      in_place_(merge == MergeInto::Base && rows_.size() == 1),
      merged_(sites_.size()) {
  NamedTensors tensors;
  for (const auto index : sites_) {
    const auto& site = unet.sites()[index];
    names_.push_back(site.name);
    weights_.push_back(site.weight);
    const auto options = site.weight.options().dtype(at::kFloat).requires_grad(false);
    tensors.emplace_back(formats::kPeftPrefix + site.name + ".lora_A.weight",
                         at::zeros({size(), rank, site.weight.size(1)}, options));
    tensors.emplace_back(formats::kPeftPrefix + site.name + ".lora_B.weight",
                         at::zeros({size(), site.weight.size(0), rank}, options));
  }
  parameters_ = pairs == Pairs::Learn ? optim::flatten(tensors) : optim::flatten_frozen(tensors);
  if (in_place_) base_ = OverwrittenWeights(weights_);
}

AdapterBank::~AdapterBank() {
  leave();
}

void AdapterBank::reset(uint64_t seed, int64_t row) {
  at::NoGradGuard no_grad;
  if (!start_.empty()) {
    load(row, start_);
    return;
  }
  for (size_t i = 0; i < names_.size(); ++i) {
    a(i)[row].copy_(random_a(seed, rows_[static_cast<size_t>(row)], names_[i], a(i)[row].sizes()));
    b(i)[row].zero_();
  }
}

void AdapterBank::begin_from(std::map<std::string, at::Tensor> start) {
  start_ = std::move(start);
  for (auto& [name, t] : start_) t = t.to(parameters_.values.options());
}

void AdapterBank::shrink(double factor) {
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < names_.size(); ++i) {
    b(i).mul_(factor);
    const auto start = start_.find(parameters_.named[2 * i + 1].first);
    if (start != start_.end()) b(i).add_(start->second, 1 - factor);
  }
}

void AdapterBank::note_sums(bool gram, bool outer) {
  for (size_t i = 0; i < sites_.size(); ++i) {
    const int64_t rank = a(i).size(1), out = b(i).size(1);
    const auto options = parameters_.values.options();
    if (gram) grams_.push_back(at::zeros({size(), rank, rank}, options));
    if (outer) outers_.push_back(at::zeros({size(), out, rank}, options));
  }
}

void AdapterBank::take_lease() {
  if (!lease_) lease_.emplace(unet_);
}

void AdapterBank::place_beside(bool frozen) {
  take_lease();
  base_.restore();
  merged_.assign(sites_.size(), at::Tensor());
  for (size_t i = 0; i < sites_.size(); ++i) {
    auto& slot = lease_->slot(sites_[i]);
    slot = frozen ? LoraSlot{a(i).detach(), b(i).detach(), scale_, {}}
                  : LoraSlot{a(i), b(i), scale_, {}};
    if (frozen) continue;
    if (!grams_.empty()) slot.gram = grams_[i];
    if (!outers_.empty()) slot.outer = outers_[i];
    // These rules write into B alone.
    if (!grams_.empty() || !outers_.empty()) slot.a = a(i).detach();
  }
}

void AdapterBank::use_side_path() {
  require(parameters_.grads.defined(), ErrorKind::Internal, "pairs that stay were to learn");
  place_beside(false);
}

void AdapterBank::use_frozen_side_path() {
  place_beside(true);
}

void AdapterBank::use_side_path_of(const NamedTensors& pairs) {
  place_beside(true);
  for (size_t i = 0; i < sites_.size(); ++i) {
    auto& slot = lease_->slot(sites_[i]);
    slot.a = pairs.at(2 * i).second;
    slot.b = pairs.at(2 * i + 1).second;
  }
}

void AdapterBank::merge() {
  merged_anew_ = true;
  if (!in_place_) compute_merged();
}

void AdapterBank::compute_merged() {
  std::vector<MergedLayer> layers;
  for (size_t i = 0; i < sites_.size(); ++i) {
    const auto& w = weights_[i];
    if (!merged_[i].defined())
      merged_[i] = at::empty({size(), w.size(0), w.size(1)}, w.options().requires_grad(false));
    layers.push_back({w, a(i), b(i), merged_[i]});
  }
  merged_weights_.compute(layers, scale_);
}

// Every number is read before the one in its place is written, by the kernel as by PyTorch
// (merged_weights.h).
void AdapterBank::merge_in_place() {
  base_.restore();
  base_.begin();
  for (size_t i = 0; i < sites_.size(); ++i) merged_[i] = weights_[i].detach().unsqueeze(0);
  compute_merged();
  merged_anew_ = false;
}

void AdapterBank::use_merged() {
  take_lease();
  if (merge_is_due()) merge_in_place();
  for (size_t i = 0; i < sites_.size(); ++i)
    lease_->slot(sites_[i]) = LoraSlot{{}, {}, scale_, merged_[i]};
}

void AdapterBank::use_base() {
  base_.restore();
  lease_.reset();
}

void AdapterBank::leave() noexcept {
  try {
    use_base();
  } catch (...) {
    // The device does not answer: there is nothing that could be put right.
  }
}

NamedTensors AdapterBank::delta(int64_t row) const {
  return row_of(parameters_, parameters_.values, row);
}

void AdapterBank::load(int64_t row, const std::map<std::string, at::Tensor>& delta) {
  for (const auto& [name, t] : delta) {
    bool known = false;
    for (const auto& [mine, value] : parameters_.named) known = known || mine == name;
    require(known, ErrorKind::Config, "the memory holds ", name,
            ", which is not among the targets here: use the same --lora-targets");
  }
  put_row(parameters_, parameters_.values, row, delta);
}

at::Tensor AdapterBank::norms() const {
  at::NoGradGuard no_grad;
  at::Tensor total = at::zeros({size()}, parameters_.values.options());
  // |B A|^2 is the sum over B^T B times A A^T, which are as small as the rank.
  for (size_t i = 0; i < sites_.size(); ++i)
    total += (at::bmm(b(i).mT(), b(i)) * at::bmm(a(i), a(i).mT())).sum({1, 2}).mul(scale_ * scale_);
  return total.sqrt();
}

}  // namespace svg::fast
