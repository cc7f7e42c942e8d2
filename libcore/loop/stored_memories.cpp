#include "libcore/loop/stored_memories.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/loop/stored_delta.h"
#include "libcore/tensor/draws.h"

namespace svg::loop {

namespace {

double scale_of(const formats::StoreInfo& info) {
  return info.alpha / static_cast<double>(info.rank);
}

}  // namespace

MemoryShelf::MemoryShelf(formats::LoopStore store) : store_(std::move(store)) {
  for (const auto& e : store_.episodes()) {
    const auto& there = memory(e.number);
    for (int64_t id = 1; id + 1 < e.chunks; ++id)
      require(there.has_files(id), ErrorKind::NoInput, there.dir(), ": revision ", id,
              " is not there, which chunk ", id + 1, " was stored with: make the store again");
  }
}

const formats::Memory& MemoryShelf::memory(int64_t episode) const {
  auto& there = open_[episode];
  if (!there) {
    there = std::make_unique<formats::Memory>(formats::Memory::open(store_.memory_path(episode)));
    require(there->info().lora.base == store_.info().base, ErrorKind::Config, there->dir(),
            ": was learned on another model than the store's");
  }
  return *there;
}

MemoryShelf::Partner MemoryShelf::swapped(const slow::LatentDataset::Origin& o,
                                          uint64_t seed) const {
  if (o.memory == 0) return {{o.stream, 0}, 1};
  const auto& own = memory(o.stream);
  std::vector<MemoryName> best;
  int64_t most = -1;
  for (const auto& e : store_.episodes()) {
    const int64_t learned = std::min(o.memory, e.chunks - 2);
    if (e.number == o.stream || learned < 1) continue;
    const auto& other = memory(e.number);
    int64_t same = 0;
    for (int64_t id = 1; id <= learned; ++id)
      same += own.revision(id).action == other.revision(id).action ? 1 : 0;
    if (same < most) continue;
    if (same > most) best.clear();
    most = same;
    best.push_back({e.number, learned});
  }
  require(!best.empty(), ErrorKind::Config, store_.dir(), ": no episode beside number ", o.stream,
          " has learned anything, so there is no memory to swap it with");
  const auto which = draw_integers({seed, cat("swap/", o.stream), o.chunk, "partner", 0}, 0,
                                   static_cast<int64_t>(best.size()), {1})
                         .item<int64_t>();
  return {best[static_cast<size_t>(which)],
          static_cast<double>(most) / static_cast<double>(o.memory)};
}

void MemoryShelf::put(const MemoryName& name, fast::AdapterBank& bank, int64_t row) const {
  if (name.revision != 0) {
    bank.load(row, read_delta(memory(name.episode), name.revision));
    return;
  }
  const at::NoGradGuard no_grad;
  for (const auto& [layer, t] : bank.parameters().named) t.detach()[row].zero_();
}

StoredMemories::StoredMemories(formats::LoopStore train, std::optional<formats::LoopStore> held_out,
                               BesideSettings settings, std::string targets, int64_t batch,
                               uint64_t seed)
    : train_(std::move(train)),
      settings_(settings),
      targets_(std::move(targets)),
      batch_(batch),
      seed_(seed) {
  if (!held_out) return;
  held_out_.emplace(std::move(*held_out));
  const auto &a = train_.store().info(), &b = held_out_->store().info();
  require(a.base == b.base && a.rank == b.rank && a.alpha == b.alpha, ErrorKind::Config,
          held_out_->store().dir(),
          ": its memories are of another model, rank or alpha than those "
          "of ",
          train_.store().dir());
}

void StoredMemories::attach(const slow::TrainedUnet& of) {
  std::vector<std::string> rows;
  for (int64_t i = 0; i < batch_; ++i) rows.push_back(cat("item ", i));
  const auto& info = train_.store().info();
  bank_ =
      std::make_unique<fast::AdapterBank>(of.parameters, targets_, info.rank, scale_of(info), rows);
}

std::optional<double> StoredMemories::put(const MemoryShelf& shelf, Beside whose,
                                          const slow::Origins& items,
                                          const std::vector<bool>& off) {
  require(static_cast<int64_t>(items.size()) == batch_, ErrorKind::Internal, "a batch of ",
          items.size(), " items, ", batch_, " memories");
  if (whose == Beside::None) {
    bank_->use_base();
    return {};
  }
  double agreement = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    auto name = shelf.own(items[i]);
    if (whose == Beside::Swapped) {
      const auto partner = shelf.swapped(items[i], seed_);
      name = partner.memory;
      agreement += partner.agreement / static_cast<double>(items.size());
    }
    if (!off.empty() && off[i]) name.revision = 0;
    shelf.put(name, *bank_, static_cast<int64_t>(i));
  }
  bank_->use_frozen_side_path();
  return whose == Beside::Swapped ? std::optional(agreement) : std::nullopt;
}

void StoredMemories::place(const slow::Origins& items, int64_t step, int64_t micro,
                           ordered_json& log) {
  std::vector<bool> off;
  if (settings_.memory_off > 0) {
    const auto u = draw_uniform({seed_, "loop", step, "memory off", micro}, {batch_});
    for (int64_t i = 0; i < batch_; ++i) off.push_back(u[i].item<double>() < settings_.memory_off);
  }
  if (const auto agreement = put(train_, settings_.memory, items, off))
    log["swap_agreement"] = *agreement;
}

std::vector<std::string> StoredMemories::ways() const {
  const auto& shelf = held_out_ ? *held_out_ : train_;
  std::vector<std::string> ways = {"own", "none"};
  if (shelf.store().episodes().size() > 1) ways.push_back("swapped");
  return ways;
}

void StoredMemories::place_for(const std::string& way, const slow::Origins& items) {
  put(held_out_ ? *held_out_ : train_, enum_from<Beside>(way, "way"), items, {});
}

void StoredMemories::leave() {
  bank_->use_base();
}

}  // namespace svg::loop
