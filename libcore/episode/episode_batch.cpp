#include "libcore/episode/episode_batch.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::episode {

namespace {

std::vector<std::string> names_of(const std::vector<BatchMember>& members) {
  std::vector<std::string> names;
  for (const auto& m : members) names.push_back(m.name);
  return names;
}

}  // namespace

EpisodeBatch::EpisodeBatch(Pipeline& pipeline, const RunSettings& settings,
                           std::vector<BatchMember> members, BatchSettings batch)
    : pipeline_(pipeline),
      settings_(settings),
      members_(std::move(members)),
      batch_(std::move(batch)),
      steps_(settings.fast, batch_.replay),
      run_(pipeline, settings, names_of(members_)) {}

void EpisodeBatch::load(size_t e) {
  if (members_[e].memory)
    members_[e].memory->load(*run_.memory(), static_cast<int64_t>(e), settings_.seed);
}

void EpisodeBatch::load() {
  for (size_t e = 0; e < size(); ++e) load(e);
}

EpisodeBatch::Generated EpisodeBatch::generate(const std::vector<Action>& actions) {
  load();
  const auto given = batch_.draws.find(chunk_count());
  const Stopwatch watch(pipeline_.device);
  const auto past = std::min(settings_.past, run_.latents().size(1));
  const auto latents = given == batch_.draws.end()
                           ? run_.generate(actions)
                           : run_.generate(actions, given->second.noise, given->second.step_noise);
  Generated out{.chunks = {}, .sampling_sec = watch.seconds()};
  for (size_t e = 0; e < size(); ++e) {
    const auto& action = actions[e];
    formats::ChunkHeader header{.episode = members_[e].name,
                                .index = chunk_count(),
                                .role = formats::Role::Generated,
                                .action = action.text,
                                .frames = latents.size(1),
                                .past = past,
                                .seed = action.seed.value_or(settings_.seed)};
    if (!action.inverse.empty()) header.action_inverse = action.inverse;
    if (members_[e].memory) header.memory = members_[e].memory->revision();
    out.chunks.push_back({std::move(header), latents[static_cast<int64_t>(e)].contiguous()});
  }
  return out;
}

std::vector<LearnedChunk> EpisodeBatch::append(const std::vector<LatentChunk>& chunks,
                                               bool learnable, const ChunkOrigin& origin) {
  std::vector<at::Tensor> latents;
  std::vector<Action> actions;
  for (const auto& chunk : chunks) {
    latents.push_back(chunk.latents);
    actions.push_back(action_of(chunk.header));
  }
  run_.append(at::stack(latents), actions, learnable);
  // Nothing stands before the first chunk: there is no X_i ++ Y_i to learn yet.
  const bool still_learning = !batch_.learn_until || chunk_count() <= *batch_.learn_until;
  std::vector<LearnedChunk> learned;
  double learning_sec = 0;  // and storing
  if (settings_.use_fast && learnable && still_learning && chunk_count() > 1) {
    const Stopwatch watch(pipeline_.device);
    learned = learn(actions, origin);
    learning_sec = watch.seconds();
  }
  run_.forget_out_of_reach();
  if (!learned.empty() || origin.sampling_sec)
    write_timings(learned, origin.sampling_sec, learning_sec);
  return learned;
}

std::vector<LearnedChunk> EpisodeBatch::learn(const std::vector<Action>& actions,
                                              const ChunkOrigin& origin) {
  const auto index = chunk_count() - 1;
  const auto is_there = [&](size_t e) {
    const auto& m = members_[e];
    return m.memory && m.memory->has_learned(m.name, index, actions[e].text);
  };
  size_t there = 0;
  while (there < size() && is_there(there)) ++there;
  if (there == size()) {
    for (const auto& m : members_) m.memory->take_learned(false);
    return {};
  }
  load();
  const auto given = batch_.draws.find(index);
  const auto gate = steps_.begin(members_[0].name, index, origin.sampling_sec);
  const auto report = run_.learn(
      given != batch_.draws.end() ? given->second.learning : std::nullopt, gate, origin.own);
  auto& memory = *run_.memory();
  const auto norms = memory.norms();
  std::vector<LearnedChunk> learned;
  for (size_t e = 0; e < size(); ++e) {
    const auto& m = members_[e];
    LearnedChunk out;
    out.steps = report.steps;
    out.loss = report.loss[e];
    out.norm = norms[static_cast<int64_t>(e)].item<double>();
    if (!report.loss_before.empty()) {
      out.loss_before = report.loss_before[e];
      out.loss_after = report.loss_after[e];
      log_debug(cat("chunk ", index, " of ", m.name, ": loss ", *out.loss_before, " -> ",
                    *out.loss_after));
    }
    if (is_there(e)) {  // a batch was stopped between its episodes
      m.memory->take_learned(true);
    } else if (m.memory) {
      formats::Revision revision;
      revision.episode = m.name;
      revision.chunk = index;
      revision.action = actions[e].text;
      revision.loss_before = out.loss_before;
      revision.loss_after = out.loss_after;
      revision.steps = out.steps;
      revision.norm = out.norm;
      const auto start = Clock::now();
      m.memory->store(memory, static_cast<int64_t>(e), std::move(revision), *m.provenance);
      out.storing_sec = seconds_since(start);
    }
    if (m.memory) out.revision = m.memory->revision();
    learned.push_back(out);
  }
  steps_.end();
  return learned;
}

// Seconds of an episode: its part of what the batch took. `learning_sec` as measured, the storing
// of revisions in it.
void EpisodeBatch::write_timings(const std::vector<LearnedChunk>& learned,
                                 std::optional<double> sampling_sec, double learning_sec) {
  const auto count = static_cast<double>(size());
  double storing_sec = 0;
  for (const auto& l : learned) storing_sec += l.storing_sec;
  learning_sec -= storing_sec;
  ordered_json peaks;  // of the whole batch
  add_peak_memory(peaks, pipeline_.device);
  for (size_t e = 0; e < size(); ++e) {
    if (!members_[e].timings) continue;
    ordered_json line = {{"chunk", chunk_count() - 1},
                         {"revision", learned.empty() ? 0 : learned[e].revision}};
    if (sampling_sec) line["sampling_sec"] = *sampling_sec / count;
    line["learning_sec"] = learning_sec / count;
    if (sampling_sec) line["learning_share"] = learning_sec / (*sampling_sec + learning_sec);
    line["storing_sec"] = storing_sec / count;
    line.update(peaks);
    if (size() > 1) line["episodes"] = size();
    members_[e].timings->write(line);
  }
}

}  // namespace svg::episode
