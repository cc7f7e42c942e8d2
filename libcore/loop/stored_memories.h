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

// A memory of a store: which episode's, and the revision; 0: none.
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
  // Puts it into a row of a bank; revision 0: an empty one.
  void put(const MemoryName&, fast::AdapterBank& bank, int64_t row) const;

 private:
  const formats::Memory& memory(int64_t episode) const;

  formats::LoopStore store_;
  mutable std::map<int64_t, std::unique_ptr<formats::Memory>> open_;
};

class StoredMemories : public slow::BesideUnet {
 public:
  // `batch`: rows, the items of a micro-batch. `targets`: lora_targets.h. Throws Error{Config}
  // where the stores' memories are of different forms.
  StoredMemories(formats::LoopStore train, std::optional<formats::LoopStore> held_out,
                 BesideSettings settings, std::string targets, int64_t batch, uint64_t seed);

  void attach(const slow::TrainedUnet&) override;
  void place(const slow::Origins&, int64_t step, int64_t micro, ordered_json& log) override;
  // Own memory, none, and swapped where there are partners.
  std::vector<std::string> ways() const override;
  void place_for(const std::string& way, const slow::Origins& held_out) override;
  void leave() override;
  ordered_json settings() const override { return {{"loop", to_json(settings_)}}; }

 private:
  // The mean agreement of the partners, where the memories are swapped.
  std::optional<double> put(const MemoryShelf&, Beside, const slow::Origins&,
                            const std::vector<bool>& off);

  MemoryShelf train_;
  std::optional<MemoryShelf> held_out_;
  BesideSettings settings_;
  std::string targets_;
  int64_t batch_;
  uint64_t seed_;
  std::unique_ptr<fast::AdapterBank> bank_;
};

}  // namespace svg::loop
