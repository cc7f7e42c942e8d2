// Several continuations of each subgoal, of which one is kept.
#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "libcore/base/error.h"
#include "libcore/plan/pictures.h"
#include "libcore/plan/planner.h"
#include "libcore/plan/subgoals.h"
#include "libcore/world/random.h"

namespace svg::plan {
namespace {

using episode::Action;
using episode::LatentChunk;

// The seed of one branch of one step: another one for each, whatever the order.
uint64_t branch_seed(uint64_t seed, int64_t chunk, int64_t branch) {
  return world::Random(seed)
      .fork("branch", static_cast<uint64_t>(branch))
      .fork("chunk", static_cast<uint64_t>(chunk))
      .next();
}

}  // namespace

double Planner::score_of(size_t e, const at::Tensor& latents) const {
  if (settings_.scorer_kind() == Scorer::Confidence) {
    const auto frames = at::cat({seen_[e], decoded(models_.codec, latents)});
    const auto confidence = read_actions(models_.idm, frames, seen_[e].size(0)).confidence;
    return std::accumulate(confidence.begin(), confidence.end(), 0.0) /
           static_cast<double>(confidence.size());
  }
  double sum = 0;
  for (int64_t i = 0; i < latents.size(0); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const LatentChunk& chunk : pasts_[e])
      nearest = std::min(
          nearest, (chunk.latents - latents[i]).square().mean({1, 2, 3}).min().item<double>());
    sum -= nearest;
  }
  return sum / static_cast<double>(latents.size(0));
}

// The continuation of each episode that the scorer prefers. All branches of all episodes go in one
// batch, each with fast weights of its own, which begin as the episode's.
std::vector<LatentChunk> Planner::imagine_branches(std::vector<PlannedStep>& steps) {
  const auto n = settings_.branches, count = static_cast<int64_t>(actors_.size());
  std::vector<std::string> names;
  for (Actor* actor : actors_) names.insert(names.end(), static_cast<size_t>(n), actor->task().id);
  episode::EpisodeRun run(models_.pipeline, run_, names);
  const auto& history = batch_->run().latents();
  const auto past = std::min(run_.past, history.size(1));
  run.append(history.narrow(1, history.size(1) - past, past).repeat_interleave(n, 0),
             std::vector<Action>(names.size()), false);
  if (run_.use_fast) {
    auto& from = *batch_->run().memory();
    for (int64_t row = 0; row < count * n; ++row) {
      std::map<std::string, at::Tensor> delta;
      for (const auto& [name, t] : from.delta(row / n)) delta[name] = t;
      run.memory()->load(row, delta);
    }
  }
  std::vector<at::Tensor> parts;
  for (int64_t d = 0; d < settings_.branch_depth && made_ + static_cast<size_t>(d) < step_count();
       ++d) {
    std::vector<Action> asked;
    const auto plain = actions(made_ + static_cast<size_t>(d));
    for (int64_t row = 0; row < count * n; ++row) {
      Action action = plain[static_cast<size_t>(row / n)];
      action.seed = branch_seed(run_.seed, batch_->chunk_count() + d, row % n);
      asked.push_back(std::move(action));
    }
    parts.push_back(run.generate(asked));
    if (d + 1 == settings_.branch_depth) break;
    run.append(parts.back(), asked, settings_.memory == MemoryUse::On);
    if (settings_.memory == MemoryUse::On) run.learn({}, {}, true);
  }
  const auto ahead = at::cat(parts, 1);  // [E * n, depth * F, C, h, w]
  std::vector<LatentChunk> chunks;
  for (int64_t e = 0; e < count; ++e) {
    auto& step = steps[static_cast<size_t>(e)];
    if (settings_.scorer_kind() == Scorer::Command) {
      ordered_json branches = ordered_json::array();
      for (int64_t b = 0; b < n; ++b) {
        const auto frames =
            at::cat({seen_[static_cast<size_t>(e)], decoded(models_.codec, ahead[e * n + b])});
        const auto read = read_actions(models_.idm, frames, seen_[static_cast<size_t>(e)].size(0));
        branches.push_back({{"actions", read.actions}, {"confidence", read.confidence}});
      }
      const std::string where = cat("the answer of `", settings_.scorer_command(), "`");
      step.scores = json_get<std::vector<double>>(
          ask_program(settings_.scorer_command(), "scores",
                      {{"goal_text", actors_[static_cast<size_t>(e)]->task().goal_text},
                       {"subgoal", subgoals_[static_cast<size_t>(e)][made_]},
                       {"branches", branches}}),
          "scores", where);
      require(step.scores.size() == static_cast<size_t>(n), ErrorKind::Data, where, ": ",
              step.scores.size(), " scores for ", n, " branches");
    } else {
      for (int64_t b = 0; b < n; ++b)
        step.scores.push_back(score_of(static_cast<size_t>(e), ahead[e * n + b]));
    }
    step.branch = std::max_element(step.scores.begin(), step.scores.end()) - step.scores.begin();
    const auto kept = parts[0][e * n + step.branch].contiguous();
    formats::ChunkHeader header = next_header(static_cast<size_t>(e));
    header.past = past;
    header.seed = branch_seed(run_.seed, batch_->chunk_count(), step.branch);
    chunks.push_back({header, kept});
  }
  return chunks;
}

}  // namespace svg::plan
