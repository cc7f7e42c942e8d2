#include "libcore/loop/stored_memories.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "formats/model/model_directory.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/fast/start.h"
#include "libcore/fast/start_file.h"
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

const std::map<std::string, at::Tensor>& MemoryShelf::start(
    const std::vector<std::string>& layers) const {
  const auto path = store_.start_path();
  if (path.empty() || !start_.empty()) return start_;
  const auto& info = store_.info();
  const auto settings = fast::fast_settings_from(json(info.fast), {}, store_.dir());
  start_ = fast::read_start(path, settings, layers, info.base).tensors;
  if (info.rank != settings.rank) {
    NamedTensors pairs(start_.begin(), start_.end());  // A before B, by name
    for (auto& [name, t] : approximated(pairs, settings.scale(), info.rank))
      start_[name] = t.to(at::kFloat);
  }
  return start_;
}

void MemoryShelf::put(const std::optional<MemoryName>& name, fast::AdapterBank& bank,
                      int64_t row) const {
  if (name && name->revision != 0) {
    bank.load(row, read_delta(memory(name->episode), name->revision));
    return;
  }
  if (name && !store_.start_path().empty()) {
    bank.load(row, start(bank.layer_names()));
    return;
  }
  const at::NoGradGuard no_grad;
  for (const auto& [layer, t] : bank.parameters().named) t.detach()[row].zero_();
}

StoredMemories::StoredMemories(formats::LoopStore train, std::optional<formats::LoopStore> held_out,
                               BesideSettings settings, std::string targets, int64_t batch,
                               uint64_t seed, double base_lr)
    : train_(std::move(train)),
      settings_(settings),
      targets_(std::move(targets)),
      batch_(batch),
      seed_(seed),
      base_lr_(base_lr) {
  require(!settings_.learn_rates || settings_.learn_init, ErrorKind::Usage,
          "--learn-rates goes with --learn-init");
  require(!settings_.learn_init || settings_.memory == Beside::Own, ErrorKind::Usage,
          "--learn-init: the start of the episodes' own memories: not with --memory ",
          name_of(settings_.memory));
  require(!settings_.learn_init || !train_.store().start_path().empty(), ErrorKind::Config,
          train_.store().dir(), ": its memories have no start in common that --learn-init could ",
          "train: svg-loop run makes one, or store them with --fast-init");
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
  bank_ = std::make_unique<fast::AdapterBank>(of.parameters, targets_, info.rank, scale_of(info),
                                              rows, fast::MergeInto::Buffers, fast::Pairs::Stay);
  if (!settings_.learn_init) return;
  const auto settings = fast::fast_settings_from(json(info.fast), {}, train_.store().dir());
  require(info.rank == settings.rank, ErrorKind::Config, train_.store().dir(),
          ": holds approximations of its memories, and --learn-init needs all of them: store them "
          "without --store-rank");
  const auto start = train_.start(bank_->layer_names());
  for (const auto& [name, t] : bank_->parameters().named) {
    start_.emplace_back(name, start.at(name).to(t.options().requires_grad(false)).clone());
    if (settings_.learn_rates)
      log_rates_.emplace_back(name, at::zeros({1}, start_.back().second.options()));
  }
}

slow::BesideUnet::Learned StoredMemories::learned() {
  Learned all{.tensors = {}, .rate = settings_.init_lr / base_lr_};
  for (const auto& [name, t] : start_) all.tensors.emplace_back("start." + name, t);
  for (const auto& [name, t] : log_rates_) all.tensors.emplace_back("rate." + name, t);
  return all;
}

void StoredMemories::save(const std::string& output, const NamedTensors& learned) {
  if (learned.empty()) return;
  const auto& info = train_.store().info();
  const auto settings = fast::fast_settings_from(json(info.fast), {}, train_.store().dir());
  fast::Start start;
  start.rates =
      fast::read_start(train_.store().start_path(), settings, bank_->layer_names(), info.base)
          .rates;
  for (const auto& [name, t] : learned) {
    const auto values = t.detach().to(at::kCPU, at::kFloat).contiguous();
    if (name.starts_with("start.")) {
      start.tensors[name.substr(6)] = values;
    } else {
      auto& rate = start.rates.try_emplace(name.substr(5), 1.0).first->second;
      rate *= std::exp(values.item<double>());
    }
  }
  make_directories(output + "/fast");
  const auto made_by = output + "/provenance.json";
  fast::write_start(output + "/" + fast::kModelStart, start, settings,
                    formats::ModelDirectory(output).fingerprint("unet"),
                    parse_ordered_json(read_file(made_by), made_by));
}

void StoredMemories::keep_change(const MemoryShelf& shelf, int64_t row) {
  const at::NoGradGuard no_grad;
  const auto& start = shelf.start(bank_->layer_names());
  require(!start.empty(), ErrorKind::Config, shelf.store().dir(),
          ": its memories have no start in common: store them with the --fast-init of ",
          train_.store().dir());
  for (const auto& [name, t] : bank_->parameters().named)
    t.detach()[row].sub_(start.at(name).to(t.device()));
}

NamedTensors StoredMemories::on_trained_start(const std::vector<bool>& has_start) const {
  std::vector<double> shares(has_start.begin(), has_start.end());
  const auto share =
      at::tensor(shares, at::kDouble).to(bank_->parameters().values.options()).view({-1, 1, 1});
  NamedTensors pairs;
  for (size_t i = 0; i < start_.size(); ++i) {
    const auto& [name, start] = start_[i];
    auto learned = bank_->parameters().named[i].second.detach();
    if (!log_rates_.empty()) learned = learned * log_rates_[i].second.exp();
    pairs.emplace_back(name, start.unsqueeze(0) * share + learned);
  }
  return pairs;
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
  std::vector<bool> has_start;
  for (size_t i = 0; i < items.size(); ++i) {
    std::optional name = shelf.own(items[i]);
    if (whose == Beside::Swapped) {
      const auto partner = shelf.swapped(items[i], seed_);
      name = partner.memory;
      agreement += partner.agreement / static_cast<double>(items.size());
    }
    if (!off.empty() && off[i]) name.reset();
    shelf.put(name, *bank_, static_cast<int64_t>(i));
    has_start.push_back(name.has_value());
    if (settings_.learn_init && name) keep_change(shelf, static_cast<int64_t>(i));
  }
  if (settings_.learn_init) bank_->use_side_path_of(on_trained_start(has_start));
  else bank_->use_frozen_side_path();
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
