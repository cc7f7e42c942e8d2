// The loop without a store: E episodes are rolled along in step, and each slow update uses their
// memories of that moment. The same algorithm with rounds of one chunk (Algorithm 1b).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcore/fast/fast_learning.h"
#include "libcore/fast/temp_lora.h"
#include "libcore/loop/loop_settings.h"
#include "libcore/loop/stored_memories.h"

namespace svg::loop {

struct OnlineSettings {
  fast::FastSettings fast;
  std::string base;    // fingerprint of the UNet that training begins with
  int64_t past = 0;    // clean frames of a window, of both kinds of learning
  int64_t future = 0;  // frames of a chunk
  int64_t batch = 0;   // episodes in step: the items of an update
  uint64_t seed = 0;
  BesideSettings beside;
};

class OnlineMemories : public slow::BesideUnet {
 public:
  // `held_out`: how the held-out loss is measured, from memories of a store; null: without one.
  OnlineMemories(OnlineSettings, std::unique_ptr<StoredMemories> held_out);

  // Throws Error{Config} where no `batch` episodes of the data have one length.
  void attach(const slow::TrainedUnet&) override;
  std::optional<slow::LatentDataset::Batch> items(int64_t step, int64_t micro) override;
  bool may_stop_after(int64_t step) const override;
  void place(const slow::Origins&, int64_t step, int64_t micro, ordered_json& log) override;
  std::vector<std::string> ways() const override;
  void place_for(const std::string& way, const slow::Origins& held_out) override;
  void leave() override;
  ordered_json settings() const override;

 private:
  struct Recorded {
    int64_t first = 0, chunks = 0;  // items of the data set
  };
  struct Place {
    int64_t pass = 0, position = 0;  // of an update: the pass over a batch, and where in it
  };
  // Batches of whole epochs, in order, until update `step` is in one of them.
  Place place_of(int64_t step) const;
  void add_epoch() const;
  void begin(const std::vector<int64_t>& episodes);
  void append(int64_t chunk);
  void learn();

  OnlineSettings settings_;
  std::unique_ptr<StoredMemories> held_out_;
  std::optional<slow::TrainedUnet> of_;
  std::vector<Recorded> episodes_;
  // Passes so far: which episodes, and the update with which each begins.
  mutable std::vector<std::vector<int64_t>> passes_;
  mutable std::vector<int64_t> starts_ = {0};  // one more than passes
  mutable int64_t epochs_ = 0;
  // Of the pass that is being made.
  std::vector<int64_t> batch_;
  std::vector<std::string> names_;
  std::unique_ptr<fast::TempLora> memory_;
  fast::EpisodeHistory history_;
  bool swapped_ = false;  // each episode's memory stands at its neighbour's place
};

}  // namespace svg::loop
