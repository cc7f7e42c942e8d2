// The slow phase's side of a store: each item of a batch is computed with the memory that was
// stored for it, frozen, beside the weights that are trained (Algorithm 1b, second half).
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/memory/memory.h"
#include "formats/store/loop_store.h"
#include "libcore/fast/adapter_bank.h"
#include "libcore/loop/loop_settings.h"
#include "libcore/slow/beside_unet.h"

namespace svg::loop {

// A memory of a store: which episode's, and the revision; 0: where all of them start.
struct MemoryName {
  int64_t episode = 0, revision = 0;
  bool operator==(const MemoryName&) const = default;
};

// The memories of one store, by the origins of what its streams hold: stream i is episode i.
class MemoryShelf {
 public:
  // Throws Error{NoInput} where a memory that a pair names is not there, Error{Config} where one
  // is of another model.
  explicit MemoryShelf(formats::LoopStore store);

  const formats::LoopStore& store() const { return store_; }
  MemoryName own(const slow::LatentDataset::Origin& o) const { return {o.stream, o.memory}; }
  // The memory of as many chunks of another episode, or of all that it has learned where these are
  // fewer: of those whose actions agree with the item's own in the most places up to there, one by
  // `seed`. Throws Error{Config} where no other has learned anything.
  struct Partner {
    MemoryName memory;
    double agreement = 1;  // share of the learned chunks whose actions are the same
  };
  Partner swapped(const slow::LatentDataset::Origin&, uint64_t seed) const;
  // Puts it into a row of a bank; nothing: an empty one.
  void put(const std::optional<MemoryName>&, fast::AdapterBank& bank, int64_t row) const;
  // Where all of them start, in their form and for these layers; empty: from nothing.
  const std::map<std::string, at::Tensor>& start(const std::vector<std::string>& layers) const;

 private:
  const formats::Memory& memory(int64_t episode) const;

  formats::LoopStore store_;
  mutable std::map<int64_t, std::unique_ptr<formats::Memory>> open_;
  mutable std::map<std::string, at::Tensor> start_;
};

class StoredMemories : public slow::BesideUnet {
 public:
  // `batch`: rows, the items of a micro-batch. `targets`: lora_targets.h. Throws Error{Config}
  // where the stores' memories are of different forms. `base_lr`: the slow weights', beside
  // settings.init_lr.
  StoredMemories(formats::LoopStore train, std::optional<formats::LoopStore> held_out,
                 BesideSettings settings, std::string targets, int64_t batch, uint64_t seed,
                 double base_lr = 1);

  void attach(const slow::TrainedUnet&) override;
  void place(const slow::Origins&, int64_t step, int64_t micro, ordered_json& log) override;
  // Own memory, none, and swapped where there are partners.
  std::vector<std::string> ways() const override;
  void place_for(const std::string& way, const slow::Origins& held_out) override;
  void leave() override;
  Learned learned() override;
  void save(const std::string& output, const NamedTensors& learned) override;
  ordered_json settings() const override { return {{"loop", to_json(settings_)}}; }

 private:
  // The mean agreement of the partners, where the memories are swapped.
  std::optional<double> put(const MemoryShelf&, Beside, const slow::Origins&,
                            const std::vector<bool>& off);
  // Of a store's memory in row `row`, what it has learned: the rest is its start.
  void keep_change(const MemoryShelf&, int64_t row);
  // The rows with the start that is trained, where `has_start`, and at the rates that are.
  NamedTensors on_trained_start(const std::vector<bool>& has_start) const;

  MemoryShelf train_;
  std::optional<MemoryShelf> held_out_;
  BesideSettings settings_;
  std::string targets_;
  int64_t batch_;
  uint64_t seed_;
  double base_lr_;  // of the slow weights
  std::unique_ptr<fast::AdapterBank> bank_;
  // With settings.learn_init: the start [R, in], [out, R] of each layer, and with learn_rates the
  // logarithm of how much faster each tensor learns than it did [1]; names as of the bank's.
  NamedTensors start_, log_rates_;
};

}  // namespace svg::loop
