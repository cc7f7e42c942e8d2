#include "libcore/fast/temp_lora.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "libcore/base/error.h"
#include "libcore/tensor/draws.h"

namespace svg::fast {

namespace {

bool ends_at_dot(const std::string& name, const std::string& suffix) {
  return name == suffix || name.ends_with("." + suffix);
}

const char* kPrefix = "base_model.model.";

}  // namespace

bool is_target(const std::string& layer, const std::string& targets) {
  std::stringstream parts(targets);
  for (std::string target; std::getline(parts, target, ',');) {
    if (target == "attention") {
      for (const char* suffix : {"to_q", "to_k", "to_v", "to_out.0"}) {
        if (ends_at_dot(layer, suffix)) return true;
      }
    } else if (target == "ff") {
      if (layer.find(".ff.net.") != std::string::npos) return true;
    } else if (target == "proj") {
      if (ends_at_dot(layer, "proj_in") || ends_at_dot(layer, "proj_out")) return true;
    } else if (!target.empty() && ends_at_dot(layer, target)) {
      return true;
    }
  }
  return false;
}

TempLora::TempLora(const std::vector<LoraSite>& sites, const std::string& targets, int64_t rank,
                   double scale, std::vector<std::string> episodes, Resting resting)
    : episodes_(std::move(episodes)), rank_(rank), scale_(scale) {
  NamedTensors tensors;
  const auto e = episode_count();
  for (const auto& site : sites) {
    if (!is_target(site.name, targets)) continue;
    sites_.push_back(site);
    names_.push_back(site.name);
    const auto options = site.weight.options().dtype(at::kFloat).requires_grad(false);
    tensors.emplace_back(kPrefix + site.name + ".lora_A.weight",
                         at::zeros({e, rank, site.weight.size(1)}, options));
    tensors.emplace_back(kPrefix + site.name + ".lora_B.weight",
                         at::zeros({e, site.weight.size(0), rank}, options));
  }
  std::stringstream parts(targets);
  for (std::string target; std::getline(parts, target, ',');) {
    const bool fits = std::any_of(names_.begin(), names_.end(),
                                  [&](const auto& name) { return is_target(name, target); });
    require(fits, ErrorKind::Usage, "--lora-targets \"", targets,
            "\": no linear layer of the UNet is called \"", target,
            "\": expected attention, ff, proj or the end of a layer's name");
  }
  require(!sites_.empty(), ErrorKind::Usage,
          "--lora-targets is empty: expected attention, ff, proj or the end of a layer's name");
  parameters_ = optim::flatten(tensors);
  optimizer_ = optim::make_adamw(parameters_.values);
  merged_.resize(sites_.size());
  rests_ = resting == Resting::Always || (resting == Resting::OnGpu && sites_[0].weight.is_cuda());
  in_place_ = rests_ && e == 1;
  if (!in_place_) return;
  std::vector<at::Tensor> weights;
  for (const auto& site : sites_) weights.push_back(site.weight);
  base_ = OverwrittenWeights(std::move(weights));
}

TempLora::~TempLora() {
  leave();
}

optim::FlatParameters& TempLora::parameters() {
  wake();
  return parameters_;
}

optim::AdamW& TempLora::optimizer() {
  wake();
  return optimizer_;
}

void TempLora::rest() {
  if (resting_values_.empty()) resting_values_.emplace_back(parameters_.values, Numbers::Kept);
  if (!resting_state_.empty()) return;
  resting_state_.emplace_back(parameters_.grads,
                              Numbers::Zeroed);  // every learning step begins with that
  for (const auto& moments : {optimizer_.exp_avg, optimizer_.exp_avg_sq})
    resting_state_.emplace_back(moments, Numbers::Kept);
}

void TempLora::wake_values() const {
  for (auto& t : resting_values_) t.wake();
  resting_values_.clear();
}

void TempLora::wake() const {
  wake_values();
  for (auto& t : resting_state_) t.wake();
  resting_state_.clear();
}

void TempLora::reset(uint64_t seed) {
  wake();
  optimizer_ = optim::make_adamw(parameters_.values);
  for (int64_t e = 0; e < episode_count(); ++e) reset(seed, e);
}

void TempLora::reset(uint64_t seed, int64_t episode) {
  wake();
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < sites_.size(); ++i) {
    const double bound = 1 / std::sqrt(static_cast<double>(a(i).size(2)));
    const DrawKey key{seed, episodes_[static_cast<size_t>(episode)], 0, "lora/" + names_[i], 0};
    a(i)[episode].copy_(draw_uniform(key, a(i)[episode].sizes()).mul(2 * bound).sub(bound));
    b(i)[episode].zero_();
  }
  for (const auto& moments : {optimizer_.exp_avg, optimizer_.exp_avg_sq}) {
    for (const auto& [name, t] : optim::cut(parameters_, moments)) t[episode].zero_();
  }
  optimizer_.step = 0;
}

void TempLora::shrink(double factor) {
  wake_values();
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < sites_.size(); ++i) b(i).mul_(factor);
}

void TempLora::use_side_path() {
  wake();
  base_.restore();
  merged_.assign(sites_.size(), at::Tensor());
  for (size_t i = 0; i < sites_.size(); ++i) *sites_[i].slot = LoraSlot{a(i), b(i), scale_, {}};
}

void TempLora::merge() {
  merged_anew_ = true;
  if (!in_place_) compute_merged();
}

void TempLora::compute_merged() {
  wake_values();
  std::vector<MergedLayer> layers;
  for (size_t i = 0; i < sites_.size(); ++i) {
    const auto& w = sites_[i].weight;
    if (!merged_[i].defined())
      merged_[i] =
          at::empty({episode_count(), w.size(0), w.size(1)}, w.options().requires_grad(false));
    layers.push_back({w, a(i), b(i), merged_[i]});
  }
  merged_weights_.compute(layers, scale_);
}

// Every number is read before the one in its place is written, by the kernel as by PyTorch
// (merged_weights.h).
void TempLora::merge_in_place() {
  if (base_.begun() && !merged_anew_) return;
  for (size_t i = 0; i < sites_.size() && !base_.begun(); ++i) {
    const auto& other = sites_[i].slot->merged;
    require(!other.defined() || !other.is_alias_of(sites_[i].weight), ErrorKind::Internal,
            "two memories are merged into the weights of ", names_[i]);
  }
  base_.restore();
  base_.begin();
  for (size_t i = 0; i < sites_.size(); ++i) merged_[i] = sites_[i].weight.detach().unsqueeze(0);
  compute_merged();
  merged_anew_ = false;
}

void TempLora::use_merged() {
  if (in_place_) merge_in_place();
  for (size_t i = 0; i < sites_.size(); ++i) *sites_[i].slot = LoraSlot{{}, {}, scale_, merged_[i]};
  if (rests_) rest();
}

void TempLora::use_base() {
  for (auto& site : sites_) *site.slot = LoraSlot{};
  base_.restore();
}

void TempLora::leave() noexcept {
  try {
    use_base();
  } catch (...) {
    // The device does not answer: there is nothing that could be put right.
  }
}

NamedTensors TempLora::rows_of(const at::Tensor& flat, int64_t episode, const char* suffix) const {
  NamedTensors out;
  for (const auto& [name, t] : optim::cut(parameters_, flat.detach().cpu()))
    out.emplace_back(name + suffix, t[episode].clone());  // from a GPU all at once
  return out;
}

NamedTensors TempLora::delta(int64_t episode) const {
  wake_values();
  return rows_of(parameters_.values, episode, "");
}

NamedTensors TempLora::moments(int64_t episode) const {
  wake();
  NamedTensors out = rows_of(optimizer_.exp_avg, episode, ".exp_avg");
  for (auto& row : rows_of(optimizer_.exp_avg_sq, episode, ".exp_avg_sq"))
    out.push_back(std::move(row));
  return out;
}

namespace {

// Every target is found in `tensors` under its name + suffix, with its shape; nothing is left over.
void put_back(const NamedTensors& targets, int64_t episode,
              const std::map<std::string, at::Tensor>& tensors, const std::string& suffix) {
  at::NoGradGuard no_grad;
  for (const auto& [name, t] : targets) {
    const auto it = tensors.find(name + suffix);
    require(it != tensors.end(), ErrorKind::Config, "the memory has no tensor ", name, suffix,
            ": it was learned with other targets or on another model");
    at::Tensor row = t.detach()[episode];
    require(row.sizes() == it->second.sizes(), ErrorKind::Config, "the memory's ", name, suffix,
            " has another shape", ": it has another rank, or belongs to another model");
    row.copy_(it->second);
  }
}

}  // namespace

void TempLora::load(int64_t episode, const std::map<std::string, at::Tensor>& delta) {
  for (const auto& [name, t] : delta) {
    bool known = false;
    for (const auto& [mine, value] : parameters_.named) known = known || mine == name;
    require(known, ErrorKind::Config, "the memory holds ", name,
            ", which is not among the targets here: use the same --lora-targets");
  }
  wake_values();
  put_back(parameters_.named, episode, delta, "");
}

void TempLora::load_moments(int64_t episode, const std::map<std::string, at::Tensor>& moments,
                            int64_t step) {
  wake();
  put_back(optim::cut(parameters_, optimizer_.exp_avg), episode, moments, ".exp_avg");
  put_back(optim::cut(parameters_, optimizer_.exp_avg_sq), episode, moments, ".exp_avg_sq");
  optimizer_.step = step;
}

at::Tensor TempLora::norms() const {
  wake_values();
  at::NoGradGuard no_grad;
  at::Tensor total = at::zeros({episode_count()}, parameters_.values.options());
  // |B A|^2 is the sum over B^T B times A A^T, which are as small as the rank.
  for (size_t i = 0; i < sites_.size(); ++i)
    total += (at::bmm(b(i).mT(), b(i)) * at::bmm(a(i), a(i).mT())).sum({1, 2}).mul(scale_ * scale_);
  return total.sqrt();
}

}  // namespace svg::fast
