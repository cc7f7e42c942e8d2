#include "libcore/learn/chunk_learner.h"

#include <ATen/ATen.h>

#include "formats/base/log.h"

namespace svg::learn {

std::optional<LearnedChunk> learn_chunk(EpisodeRun& run, MemoryDirectory* directory, const std::string& episode, const std::string& action,
                                        const std::map<int64_t, ChunkDraws>& draws, const ordered_json& provenance) {
  const auto index = run.chunk_count() - 1;
  if (directory && directory->learned(episode, index, action)) return std::nullopt;
  if (directory) directory->load(*run.memory(), run.settings().seed);
  const auto given = draws.find(index);
  const auto report = run.learn(given != draws.end() ? given->second.learning : std::nullopt);
  LearnedChunk out{report.loss_before[0], report.loss_after[0], run.memory()->norms()[0].item<double>(), 0};
  if (directory) {
    formats::Revision revision;
    revision.episode = episode;
    revision.chunk = index;
    revision.action = action;
    revision.loss_before = out.loss_before;
    revision.loss_after = out.loss_after;
    revision.norm = out.norm;
    directory->store(*run.memory(), std::move(revision), provenance);
    out.revision = directory->revision();
  }
  log_debug(cat("chunk ", index, ": loss ", out.loss_before, " -> ", out.loss_after));
  return out;
}

}  // namespace svg::learn
