#include "libcore/episode/chunk_learner.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/log.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::episode {

std::vector<LearnedChunk> learn_chunk(EpisodeRun& run, const std::vector<LearningEpisode>& episodes,
                                      const std::map<int64_t, fast::ChunkDraws>& draws,
                                      fast::StepChooser& steps,
                                      std::optional<double> sampling_sec) {
  const auto index = run.chunk_count() - 1;
  const auto is_there = [&](const auto& e) {
    return e.directory && e.directory->has_learned(e.name, index, e.action);
  };
  if (std::all_of(episodes.begin(), episodes.end(), is_there)) {
    for (const auto& e : episodes) e.directory->take_learned(false);
    return {};
  }
  auto& memory = *run.memory();
  for (size_t e = 0; e < episodes.size(); ++e) {
    if (episodes[e].directory)
      episodes[e].directory->load(memory, static_cast<int64_t>(e), run.settings().seed);
  }
  const auto given = draws.find(index);
  const auto gate = steps.begin(episodes[0].name, index, sampling_sec);
  const auto report = run.learn(given != draws.end() ? given->second.learning : std::nullopt, gate);
  const auto norms = memory.norms();
  std::vector<LearnedChunk> learned;
  for (size_t i = 0; i < episodes.size(); ++i) {
    const auto& e = episodes[i];
    LearnedChunk out;
    out.steps = report.steps;
    out.loss = report.loss[i];
    out.norm = norms[static_cast<int64_t>(i)].item<double>();
    if (!report.loss_before.empty()) {
      out.loss_before = report.loss_before[i];
      out.loss_after = report.loss_after[i];
      log_debug(cat("chunk ", index, " of ", e.name, ": loss ", *out.loss_before, " -> ",
                    *out.loss_after));
    }
    if (is_there(e)) {  // a batch was stopped between its episodes
      e.directory->take_learned(true);
    } else if (e.directory) {
      formats::Revision revision;
      revision.episode = e.name;
      revision.chunk = index;
      revision.action = e.action;
      revision.loss_before = out.loss_before;
      revision.loss_after = out.loss_after;
      revision.steps = out.steps;
      revision.norm = out.norm;
      const auto start = Clock::now();
      e.directory->store(memory, static_cast<int64_t>(i), std::move(revision), *e.provenance);
      out.storing_sec = seconds_since(start);
    }
    if (e.directory) out.revision = e.directory->revision();
    learned.push_back(out);
  }
  steps.end();
  return learned;
}

}  // namespace svg::episode
