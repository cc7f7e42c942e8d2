#include "libcore/loop/fast_phase.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/signals.h"
#include "libcore/episode/latent_sink.h"
#include "libcore/loop/stored_delta.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::loop {

namespace {

// What episodes that learn in step have in common: frames of each chunk, and their shape.
std::string shape_of(const RecordedEpisode& e) {
  std::string text;
  for (const auto& chunk : e.chunks) text += cat(chunk.latents.sizes(), " ");
  return text;
}

class StoreWriter {
 public:
  StoreWriter(const FastPhase& phase, formats::LoopStore store, const MakeLearner& make)
      : phase_(phase), store_(std::move(store)), make_(make) {}

  // Learns and stores these, in step, unless all of them are stored.
  void take(const std::vector<RecordedEpisode>& group) {
    bool there = true;
    for (const auto& e : group) there = there && store_.has(e.number);
    if (!there) {
      for (const auto& e : group) {
        require(phase_.resume || !store_.has(e.number), ErrorKind::CannotCreate,
                store_.stream_path(e.number),
                " is there already: go on with --resume, or name another -o");
        store_.drop(e.number);
      }
      learn(group);
    } else {
      require(phase_.resume, ErrorKind::CannotCreate, store_.dir(),
              ": holds this part already: go on with --resume, or name another -o");
    }
    for (const auto& e : group) {
      done_.push_back(store_.describe(e.number));
      report_.pairs += static_cast<int64_t>(e.chunks.size()) - 1;
      ++report_.episodes;
    }
  }

  FastPhaseReport finish() {
    std::sort(done_.begin(), done_.end(),
              [](const auto& x, const auto& y) { return x.number < y.number; });
    store_.finish(phase_.shard, done_);
    return std::move(report_);
  }

 private:
  void learn(const std::vector<RecordedEpisode>& group) {
    std::vector<std::string> names;
    for (const auto& e : group) names.push_back(e.name);
    const auto learner = make_(names);
    const bool keeps = phase_.info.kind == formats::StoreKind::Theta;
    std::vector<formats::Memory> memories;
    std::vector<episode::StreamSink> streams;
    for (const auto& e : group) {
      if (keeps) memories.push_back(formats::Memory::create(store_.memory_path(e.number), info()));
      auto header = e.stream;
      header.provenance = phase_.info.provenance;
      streams.push_back(episode::StreamSink::create(store_.stream_path(e.number), header,
                                                    formats::Durability::WhenFinished));
    }
    const auto chunks = static_cast<int64_t>(group.front().chunks.size());
    for (int64_t c = 0; c < chunks; ++c) {
      require(!stop_requested(), ErrorKind::Stopped, "stopped at chunk ", c, " of ",
              group.front().name, ": go on with --resume");
      std::vector<at::Tensor> latents;
      std::vector<episode::Action> actions;
      for (size_t e = 0; e < group.size(); ++e) {
        auto chunk = group[e].chunks[static_cast<size_t>(c)];
        latents.push_back(chunk.latents);
        actions.push_back(episode::action_of(chunk.header));
        chunk.header.role = formats::Role::Truth;
        if (c > 0) chunk.header.memory = c - 1;  // as it is before this chunk is learned
        streams[e].write(chunk);
      }
      learner->append(at::stack(latents), actions);
      // The first has nothing before it; what the last would teach is asked by no pair.
      if (keeps && c > 0 && c + 1 < chunks) store(group, c, actions, *learner, memories);
    }
    for (auto& stream : streams) stream.finish();
  }

  void store(const std::vector<RecordedEpisode>& group, int64_t c,
             const std::vector<episode::Action>& actions, Learner& learner,
             std::vector<formats::Memory>& memories) {
    const Stopwatch learning(learner.device());
    const auto learned = learner.learn();
    report_.learning_sec += learning.seconds();
    const auto start = Clock::now();
    const auto norms = learner.memory().norms();
    for (size_t e = 0; e < group.size(); ++e) {
      formats::Revision revision;
      revision.parent = c - 1;
      revision.episode = group[e].name;
      revision.chunk = group[e].chunks[static_cast<size_t>(c)].header.index;
      revision.action = actions[e].text;
      if (!learned.loss_before.empty()) {
        revision.loss_before = learned.loss_before[e];
        revision.loss_after = learned.loss_after[e];
      }
      revision.steps = learned.steps;
      revision.norm = norms[static_cast<int64_t>(e)].item<double>();
      store_delta(memories[e], learner.memory(), static_cast<int64_t>(e), phase_.store,
                  std::move(revision), phase_.info.provenance);
      report_.loss.push_back(learned.loss[e]);
      ++report_.learned;
    }
    report_.storing_sec += seconds_since(start);
  }

  formats::MemoryInfo info() const {
    formats::MemoryInfo info;
    info.lora.rank = phase_.info.rank;
    info.lora.alpha = phase_.info.alpha;
    info.lora.base = phase_.info.base;
    info.lora.targets = phase_.targets;
    info.lora.provenance = phase_.info.provenance;
    info.optimizer = phase_.info.fast;
    info.keep = formats::KeepPolicy::parse("all");
    return info;
  }

  const FastPhase& phase_;
  formats::LoopStore store_;
  const MakeLearner& make_;
  std::vector<formats::StoredEpisode> done_;
  FastPhaseReport report_;
};

}  // namespace

FastPhaseReport run_fast_phase(const FastPhase& phase, const MakeLearner& make) {
  auto store = formats::LoopStore::begin(phase.folder, phase.info);
  if (!phase.start.empty()) write_file_atomically(store.start_path(), read_file(phase.start));
  StoreWriter writer(phase, std::move(store), make);
  Progress progress(phase.progress, "episode", phase.info.episodes);
  // Who learns in step with whom follows from the data alone, so that a part which was stopped and
  // resumed has the bytes of one that was not.
  std::map<std::string, std::vector<RecordedEpisode>> waiting;
  for_each_episode(phase.streams, phase.space, [&](RecordedEpisode e) {
    progress.update(e.number, e.name);
    if (!phase.shard.has(e.number)) return;
    auto& group = waiting[shape_of(e)];
    group.push_back(std::move(e));
    if (static_cast<int64_t>(group.size()) == phase.store.batch)
      writer.take(std::exchange(group, {}));
  });
  for (auto& [shape, group] : waiting) {
    if (!group.empty()) writer.take(group);
  }
  return writer.finish();
}

int64_t store_bytes(const EpisodeCounts& counts, formats::StoreKind kind, int64_t delta_bytes) {
  const int64_t latents = counts.numbers * 4;
  // Of n chunks, n - 2 are learned and have a memory.
  const int64_t memories = std::max<int64_t>(0, counts.chunks - 2 * counts.episodes);
  return latents + (kind == formats::StoreKind::Theta ? memories * delta_bytes : 0);
}

}  // namespace svg::loop
