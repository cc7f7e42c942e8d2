#include "libcore/loop/online_memories.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/fast/start.h"
#include "libcore/tensor/draws.h"

namespace svg::loop {

namespace {

// While it lives, the weights get no gradients: fast learning leaves them alone.
class FrozenWeights {
 public:
  explicit FrozenWeights(const Parameters& unet) : unet_(unet) { set(false); }
  ~FrozenWeights() { set(true); }
  FrozenWeights(const FrozenWeights&) = delete;
  FrozenWeights& operator=(const FrozenWeights&) = delete;

 private:
  void set(bool learn) const {
    for (const auto& [name, t] : unet_.list()) t.set_requires_grad(learn);
  }
  const Parameters& unet_;
};

void roll(fast::TempLora& memory, int64_t by) {
  const at::NoGradGuard no_grad;
  for (auto& [name, t] : memory.parameters().named) t.detach().copy_(t.detach().roll(by, 0));
}

}  // namespace

OnlineMemories::OnlineMemories(OnlineSettings settings, std::unique_ptr<StoredMemories> held_out)
    : settings_(std::move(settings)), held_out_(std::move(held_out)) {
  require(settings_.beside.memory != Beside::Swapped || settings_.batch > 1, ErrorKind::Usage,
          "--memory swapped: memories are swapped between two episodes or more: --batch 2");
}

void OnlineMemories::attach(const slow::TrainedUnet& of) {
  of_.emplace(of);
  if (held_out_) held_out_->attach(of);
  std::string name;
  for (int64_t i = 0; i < of.data.chunk_count(); ++i) {
    const auto item = of.data.item(i, 1);
    const bool first = item.past.size(0) == 0;
    if (first) episodes_.push_back({i, 0});
    require(item.frames.size(0) == settings_.future, ErrorKind::Config, "episode ", item.episode,
            ": a chunk of ", item.frames.size(0), " frames, the model's have ", settings_.future);
    ++episodes_.back().chunks;
  }
  add_epoch();
}

void OnlineMemories::add_epoch() const {
  const auto n = static_cast<int64_t>(episodes_.size());
  const auto order =
      draw_uniform({settings_.seed, "loop", epochs_, "online order", 0}, {n}).argsort();
  std::map<int64_t, std::vector<int64_t>> waiting;  // by how many chunks they have
  const auto before = passes_.size();
  for (int64_t i = 0; i < n; ++i) {
    const auto number = order[i].item<int64_t>();
    const auto chunks = episodes_[static_cast<size_t>(number)].chunks;
    if (chunks < 2) continue;
    auto& batch = waiting[chunks];
    batch.push_back(number);
    if (static_cast<int64_t>(batch.size()) < settings_.batch) continue;
    passes_.push_back(std::exchange(batch, {}));
    starts_.push_back(starts_.back() + chunks - 1);
  }
  require(passes_.size() > before, ErrorKind::Config, "--online: of the ", n,
          " episodes no --batch ", settings_.batch, " have one number of chunks, at least 2");
  ++epochs_;
}

OnlineMemories::Place OnlineMemories::place_of(int64_t step) const {
  while (starts_.back() <= step) add_epoch();
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), step);
  const auto pass = (after - starts_.begin()) - 1;
  return {pass, step - starts_[static_cast<size_t>(pass)]};
}

bool OnlineMemories::may_stop_after(int64_t step) const {
  return place_of(step).position == 0;
}

void OnlineMemories::begin(const std::vector<int64_t>& episodes) {
  batch_ = episodes;
  names_.clear();
  for (const auto number : batch_)
    names_.push_back(of_->data.item(episodes_[static_cast<size_t>(number)].first, 0).episode);
  const auto& fast = settings_.fast;
  memory_.reset();
  memory_ = std::make_unique<fast::TempLora>(of_->parameters, fast.targets, fast.rank, fast.scale(),
                                             names_, fast::OffloadWhileSampling::Never);
  memory_->set_rule(fast.rule);
  fast::begin_from_file(fast, settings_.base, *memory_);
  memory_->reset(settings_.seed);
  history_ = {};
  swapped_ = false;
}

void OnlineMemories::append(int64_t chunk) {
  fast::EpisodeHistory::Chunk entry;
  std::vector<at::Tensor> frames;
  for (const auto number : batch_) {
    const auto item = of_->data.item(episodes_[static_cast<size_t>(number)].first + chunk, 0);
    frames.push_back(item.frames);
    entry.text.push_back(of_->embed(item.text));
    entry.inverse.push_back(of_->embed(item.inverse));
  }
  const auto latents = at::stack(frames).to(of_->device);
  entry.first = history_.latents.defined() ? history_.latents.size(1) : 0;
  entry.frames = latents.size(1);
  history_.latents = history_.latents.defined() ? at::cat({history_.latents, latents}, 1) : latents;
  history_.chunks.push_back(std::move(entry));
  // Nothing stands before the first: it has no window.
  if (history_.chunks.size() == 1) history_.learnable = 1;
}

void OnlineMemories::learn() {
  const FrozenWeights frozen(of_->parameters);
  const fast::FastContext context{of_->unet,      of_->schedule, of_->embed(""),
                                  settings_.seed, names_,        settings_.past};
  fast::fast_learn(context, settings_.fast, *memory_, history_);
}

std::optional<slow::LatentDataset::Batch> OnlineMemories::items(int64_t step, int64_t micro) {
  require(micro == 0, ErrorKind::Usage, "--online: one micro-batch an update: --accumulate 1");
  const auto [pass, position] = place_of(step);
  const auto& episodes = passes_[static_cast<size_t>(pass)];
  if (position == 0) {
    begin(episodes);
    append(0);
  } else {
    if (swapped_) roll(*memory_, -1);
    swapped_ = false;
    append(position);
    learn();
  }
  slow::LatentDataset::Batch batch;
  std::vector<at::Tensor> rows;
  for (const auto number : episodes) {
    const auto item =
        of_->data.item(episodes_[static_cast<size_t>(number)].first + position + 1, settings_.past);
    rows.push_back(at::cat({item.past, item.frames}, 0));
    batch.texts.push_back(item.text);
    batch.origins.push_back(item.origin);
  }
  batch.latents = at::stack(rows);
  return batch;
}

void OnlineMemories::place(const slow::Origins&, int64_t step, int64_t, ordered_json& log) {
  log["chunk"] = place_of(step).position + 1;
  const auto whose = settings_.beside.memory;
  const bool off =
      settings_.beside.memory_off > 0 &&
      draw_uniform({settings_.seed, "loop", step, "memory off", 0}, {1}).item<double>() <
          settings_.beside.memory_off;
  if (whose == Beside::None || off) {
    memory_->use_base();
    return;
  }
  if (whose == Beside::Swapped) roll(*memory_, 1);
  swapped_ = whose == Beside::Swapped;
  memory_->use_frozen_side_path();
}

std::vector<std::string> OnlineMemories::ways() const {
  return held_out_ ? held_out_->ways() : std::vector<std::string>{"none"};
}

void OnlineMemories::place_for(const std::string& way, const slow::Origins& items) {
  if (memory_) memory_->use_base();
  if (held_out_) held_out_->place_for(way, items);
}

void OnlineMemories::leave() {
  if (memory_) memory_->use_base();
  if (held_out_) held_out_->leave();
}

ordered_json OnlineMemories::settings() const {
  auto loop = to_json(settings_.beside);
  loop["online"] = true;
  loop["fast"] = to_json(settings_.fast);
  return {{"loop", loop}};
}

}  // namespace svg::loop
