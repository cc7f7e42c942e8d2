// Plans of several tasks in step (SlowFast-VGen, section 4.3; UniPi, arXiv 2302.00111): for each
// subgoal a chunk is generated, actions are read from it and executed, and the memory learns
// through all of it. Frames of the environment, of the autoencoder and of the inverse dynamics
// model have one size.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "libcore/episode/episode_batch.h"
#include "libcore/model/latent_codec.h"
#include "libcore/plan/follower.h"

namespace svg::plan {

struct PlannerModels {
  Pipeline& pipeline;
  const LatentCodec& codec;
  const Idm& idm;
};

class Planner {
 public:
  // Actors have begun. One list of subgoals each, all of one length, and pasts of one length; what
  // `members` point to, and the actors, belong to the caller. Throws Error{Config} where sizes do
  // not fit.
  Planner(const PlannerModels& models, const episode::RunSettings& run,
          const PlannerSettings& settings, std::vector<Actor*> actors,
          std::vector<std::vector<std::string>> subgoals,
          std::vector<episode::BatchMember> members);

  // The past, encoded, appended and learned.
  void begin();
  // Memories as they are behind the past, for a planner of the same episodes: [P]. Swapped or
  // untouched alike.
  at::Tensor memories() { return memories_; }
  // The same without learning: memories() of another planner of these episodes.
  void begin_with(const at::Tensor& memories);

  size_t step_count() const { return subgoals_[0].size(); }
  size_t steps_made() const { return made_; }
  // The next subgoal: imagined, read, executed; not yet appended.
  std::vector<PlannedStep> step();
  // It becomes the past of the next, and is learned.
  void append(const std::vector<PlannedStep>& steps);

  const std::vector<episode::LatentChunk>& past_chunks(size_t e) const { return pasts_[e]; }
  // What a planner would show that knows it all, u8 [n, H, W, 3]: what the task's solution looks
  // like, or else the past from its end to its beginning. Of an actor that has not failed; throws
  // as Actor::solved().
  at::Tensor ideal_frames(size_t e) const;

 private:
  void begin_(const at::Tensor* memories);
  episode::Action action(size_t e, size_t step) const;
  std::vector<episode::Action> actions(size_t step) const;
  formats::ChunkHeader next_header(size_t e) const;
  std::vector<episode::LatentChunk> imagine(std::vector<PlannedStep>& steps);
  std::vector<episode::LatentChunk> imagine_with_memories(std::vector<PlannedStep>& steps);
  void imagine_ideally();
  std::vector<episode::LatentChunk> ideal_chunks() const;
  std::vector<episode::LatentChunk> imagine_branches(std::vector<PlannedStep>& steps);
  double score_of(size_t e, const at::Tensor& latents) const;
  void read(size_t e, PlannedStep& step);

  PlannerModels models_;
  episode::RunSettings run_;
  PlannerSettings settings_;
  std::vector<Actor*> actors_;
  std::vector<std::vector<std::string>> subgoals_;
  std::unique_ptr<episode::EpisodeBatch> batch_;
  std::vector<std::vector<episode::LatentChunk>> pasts_;
  std::vector<at::Tensor> seen_;  // u8 [kFramesBefore + 1, H, W, 3] before the next chunk
  std::vector<Follower> followers_;
  std::vector<at::Tensor> ideal_;  // [steps * F, C, h, w] of each, where an oracle imagines
  at::Tensor memories_;
  size_t made_ = 0;
};

}  // namespace svg::plan
