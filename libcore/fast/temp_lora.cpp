#include "libcore/fast/temp_lora.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "formats/lora/lora_delta.h"
#include "libcore/base/error.h"
#include "libcore/fast/bank_rows.h"

namespace svg::fast {

namespace {

bool offloads_from(const Parameters& unet, OffloadWhileSampling when) {
  const auto& all = unet.list();
  return when == OffloadWhileSampling::Always ||
         (when == OffloadWhileSampling::OnGpu && !all.empty() && all.front().second.is_cuda());
}

}  // namespace

TempLora::TempLora(Parameters& unet, const std::string& targets, int64_t rank, double scale,
                   std::vector<std::string> episodes, OffloadWhileSampling when)
    : offloads_(offloads_from(unet, when)),
      bank_(unet, targets, rank, scale, std::move(episodes),
            offloads_ ? MergeInto::Base : MergeInto::Buffers),
      optimizer_(optim::make_adamw(bank_.parameters().values)) {}

std::string TempLora::gram_name(size_t layer) const {
  return formats::kPeftPrefix + bank_.layer_names()[layer] + ".lora_B.weight.gram";
}

void TempLora::set_rule(Rule rule) {
  bank_.note_sums(rule == Rule::Ridge, rule == Rule::Local);
  for (const auto& gram : bank_.grams()) grams_.push_back(at::zeros_like(gram));
}

void TempLora::begin_from(std::map<std::string, at::Tensor> start,
                          const std::map<std::string, double>& rates) {
  bank_.begin_from(std::move(start));
  if (rates.empty()) return;
  rates_ = at::ones_like(bank_.parameters().values);
  for (auto& [name, t] : optim::cut(bank_.parameters(), rates_)) {
    const auto rate = rates.find(name);
    if (rate != rates.end()) t.fill_(rate->second);
  }
}

at::Tensor TempLora::change_at_rates(double lr) const {
  return rates_.defined() ? rates_ * lr : at::full_like(bank_.parameters().values, lr);
}

void TempLora::scale_change(const at::Tensor& before) {
  const at::NoGradGuard no_grad;
  auto& values = parameters().values;
  values.sub_(before).mul_(rates_).add_(before);
}

void TempLora::begin_step() {
  for (const auto* sums : {&bank_.grams(), &bank_.outers()}) {
    for (const auto& t : *sums) t.zero_();
  }
}

void TempLora::end_step() {
  for (size_t i = 0; i < grams_.size(); ++i) grams_[i].add_(bank_.grams()[i]);
}

optim::FlatParameters& TempLora::parameters() {
  fetch();
  return bank_.parameters();
}

optim::AdamW& TempLora::optimizer() {
  fetch();
  return optimizer_;
}

void TempLora::offload() {
  const auto& flat = bank_.parameters();
  if (offloaded_pairs_.empty()) offloaded_pairs_.emplace_back(flat.values, Contents::Kept);
  if (!offloaded_state_.empty()) return;
  offloaded_state_.emplace_back(flat.grads, Contents::Zeroed);  // every learning step begins so
  for (const auto& moments : {optimizer_.exp_avg, optimizer_.exp_avg_sq})
    offloaded_state_.emplace_back(moments, Contents::Kept);
}

void TempLora::fetch_pairs() const {
  for (auto& t : offloaded_pairs_) t.fetch();
  offloaded_pairs_.clear();
}

void TempLora::fetch() const {
  fetch_pairs();
  for (auto& t : offloaded_state_) t.fetch();
  offloaded_state_.clear();
}

void TempLora::reset(uint64_t seed) {
  fetch();
  optimizer_ = optim::make_adamw(bank_.parameters().values);
  for (int64_t e = 0; e < episode_count(); ++e) reset(seed, e);
}

void TempLora::reset(uint64_t seed, int64_t episode) {
  fetch();
  bank_.reset(seed, episode);
  for (const auto& moments : {optimizer_.exp_avg, optimizer_.exp_avg_sq}) {
    for (const auto& [name, t] : optim::cut(bank_.parameters(), moments)) t[episode].zero_();
  }
  for (const auto& gram : grams_) gram[episode].zero_();
  optimizer_.step = 0;
}

void TempLora::shrink(double factor) {
  fetch_pairs();
  bank_.shrink(factor);
}

void TempLora::merge() {
  if (!bank_.merges_in_place()) fetch_pairs();
  bank_.merge();
}

void TempLora::use_side_path() {
  fetch();
  bank_.use_side_path();
}

void TempLora::use_frozen_side_path() {
  fetch_pairs();
  bank_.use_frozen_side_path();
}

void TempLora::use_merged() {
  if (bank_.merge_is_due()) fetch_pairs();
  bank_.use_merged();
  if (offloads_) offload();
}

NamedTensors TempLora::delta(int64_t episode) const {
  fetch_pairs();
  return bank_.delta(episode);
}

NamedTensors TempLora::moments(int64_t episode) const {
  fetch();
  NamedTensors out = row_of(bank_.parameters(), optimizer_.exp_avg, episode, ".exp_avg");
  for (auto& row : row_of(bank_.parameters(), optimizer_.exp_avg_sq, episode, ".exp_avg_sq"))
    out.push_back(std::move(row));
  for (size_t i = 0; i < grams_.size(); ++i)
    out.emplace_back(gram_name(i), grams_[i][episode].cpu().clone());
  return out;
}

void TempLora::load(int64_t episode, const std::map<std::string, at::Tensor>& delta) {
  fetch_pairs();
  bank_.load(episode, delta);
}

void TempLora::load_moments(int64_t episode, const std::map<std::string, at::Tensor>& moments,
                            int64_t step) {
  fetch();
  put_row(bank_.parameters(), optimizer_.exp_avg, episode, moments, ".exp_avg");
  put_row(bank_.parameters(), optimizer_.exp_avg_sq, episode, moments, ".exp_avg_sq");
  for (size_t i = 0; i < grams_.size(); ++i) {
    const auto there = moments.find(gram_name(i));
    require(there != moments.end() && there->second.sizes() == grams_[i][episode].sizes(),
            ErrorKind::Config, "the memory's state has no fitting ", gram_name(i),
            ": it was learned by another --fast-rule");
    grams_[i][episode].copy_(there->second);
  }
  optimizer_.step = step;
}

at::Tensor TempLora::norms() const {
  fetch_pairs();
  return bank_.norms();
}

}  // namespace svg::fast
