#include "libcore/plan/planner.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/base/error.h"
#include "libcore/plan/pictures.h"

namespace svg::plan {
namespace {

using episode::Action;
using episode::LatentChunk;

}  // namespace

Planner::Planner(const PlannerModels& models, const episode::RunSettings& run,
                 const PlannerSettings& settings, std::vector<Actor*> actors,
                 std::vector<std::vector<std::string>> subgoals,
                 std::vector<episode::BatchMember> members)
    : models_(models),
      run_(run),
      settings_(settings),
      actors_(std::move(actors)),
      subgoals_(std::move(subgoals)) {
  const Task& first = actors_[0]->task();
  for (size_t e = 0; e < actors_.size(); ++e) {
    const Task& task = actors_[e]->task();
    require(task.chunks() == first.chunks() && task.chunk_frames == first.chunk_frames &&
                subgoals_[e].size() == subgoals_[0].size(),
            ErrorKind::Internal, "tasks of different lengths in one batch");
  }
  require(first.chunk_frames == run.future, ErrorKind::Config, "the model makes chunks of ",
          run.future, " frames, task ", first.id, " has chunks of ", first.chunk_frames);
  const bool swapped =
      settings.memory == MemoryUse::Swapped || settings.memory == MemoryUse::SwappedOn;
  require(!swapped || actors_.size() > 1, ErrorKind::Usage, "--memory ", name_of(settings.memory),
          " needs a batch of two tasks or more");
  run_.use_fast = settings.memory != MemoryUse::Off;
  require(!run_.use_fast || run_.fast.until == 0, ErrorKind::Usage,
          "--fast-until is for one episode at a time, those of a batch learn in step");
  episode::BatchSettings batch;
  if (settings.memory != MemoryUse::On && settings.memory != MemoryUse::SwappedOn)
    batch.learn_until = first.chunks();
  batch_ = std::make_unique<episode::EpisodeBatch>(models.pipeline, run_, std::move(members),
                                                   std::move(batch));
}

void Planner::begin() {
  begin_(nullptr);
}

void Planner::begin_with(const at::Tensor& memories) {
  begin_(&memories);
}

void Planner::begin_(const at::Tensor* memories) {
  const auto frames = static_cast<int64_t>(actors_[0]->task().chunk_frames);
  for (Actor* actor : actors_) {
    const Task& task = actor->task();
    const auto& config = models_.idm.config;
    std::vector<uint8_t> rgb = actor->past().rgb;
    const auto wanted =
        static_cast<size_t>(task.chunks() * frames * config.height * config.width * 3);
    if (actor->over()) {
      // It goes along as a black picture: the batch keeps its shape.
      rgb.assign(wanted, 0);
    } else {
      const world::EnvironmentFacts& facts = actor->facts();
      require(facts.height == config.height && facts.width == config.width, ErrorKind::Config,
              "the environment ", facts.name, " shows ", facts.width, "x", facts.height,
              " px, the inverse dynamics model reads ", config.width, "x", config.height);
      std::vector<std::string> fields;
      for (const IdmField& field : config.fields) fields.push_back(field.name);
      require(fields == task.act_fields, ErrorKind::Config,
              "the inverse dynamics model reads other actions than those of the environment ",
              facts.name);
    }
    const auto seen = frames_tensor(rgb, config.height, config.width);
    seen_.push_back(last_frames(seen, kFramesBefore + 1));
    followers_.emplace_back(models_.idm, settings_, seen);
    const auto latents = encoded(models_.codec, seen);
    std::vector<LatentChunk> chunks;
    for (int k = 0; k < task.chunks(); ++k) {
      formats::ChunkHeader header{.episode = task.id,
                                  .index = k,
                                  .role = formats::Role::Input,
                                  .action = task.texts[static_cast<size_t>(k)],
                                  .frames = frames};
      const std::string& inverse =
          task.reversal.empty() ? task.inverses[static_cast<size_t>(k)] : task.reversal;
      if (!inverse.empty()) header.action_inverse = inverse;
      chunks.push_back({header, latents.narrow(0, k * frames, frames).contiguous()});
    }
    pasts_.push_back(std::move(chunks));
  }
  for (int k = 0; k < actors_[0]->task().chunks(); ++k) {
    std::vector<LatentChunk> row;
    for (const auto& past : pasts_) row.push_back(past[static_cast<size_t>(k)]);
    batch_->append(row, memories == nullptr);
  }
  if (settings_.imagination == Imagination::Oracle) imagine_ideally();
  if (!run_.use_fast) return;
  const at::NoGradGuard no_grad;
  auto& values = batch_->run().memory()->parameters().values;
  if (memories) values.copy_(*memories);
  memories_ = values.detach().clone();
  if (settings_.memory == MemoryUse::Swapped) batch_->run().swap_memories();
}

// What a chunk is told, and what undoes it where its episode names that.
Action Planner::action(size_t e, size_t step) const {
  Action action;
  action.text = subgoals_[e][step];
  action.inverse = actors_[e]->task().inverse_of(action.text);
  return action;
}

std::vector<Action> Planner::actions(size_t step) const {
  std::vector<Action> out;
  for (size_t e = 0; e < subgoals_.size(); ++e) out.push_back(action(e, step));
  return out;
}

formats::ChunkHeader Planner::next_header(size_t e) const {
  const Action next = action(e, made_);
  formats::ChunkHeader header{.episode = actors_[e]->task().id,
                              .index = batch_->chunk_count(),
                              .role = formats::Role::Generated,
                              .action = next.text,
                              .frames = actors_[e]->task().chunk_frames};
  if (!next.inverse.empty()) header.action_inverse = next.inverse;
  return header;
}

at::Tensor Planner::ideal_frames(size_t e) const {
  const Actor& actor = *actors_[e];
  const auto& config = models_.idm.config;
  if (!actor.task().solution.empty())
    return frames_tensor(actor.solved().rgb, config.height, config.width);
  const auto past = frames_tensor(actor.past().rgb, config.height, config.width).flip(0);
  return past.narrow(0, 1, past.size(0) - 1);  // its last frame is seen already
}

void Planner::imagine_ideally() {
  for (size_t e = 0; e < actors_.size(); ++e) {
    const auto frames =
        static_cast<int64_t>(actors_[e]->task().chunk_frames) * static_cast<int64_t>(step_count());
    const auto latents =
        actors_[e]->over() ? pasts_[e].back().latents : encoded(models_.codec, ideal_frames(e));
    const auto rows = at::arange(frames, at::kLong).clamp_max(latents.size(0) - 1);
    ideal_.push_back(latents.index_select(0, rows));
  }
}

std::vector<LatentChunk> Planner::ideal_chunks() const {
  const auto frames = static_cast<int64_t>(actors_[0]->task().chunk_frames);
  std::vector<LatentChunk> out;
  for (size_t e = 0; e < actors_.size(); ++e) {
    out.push_back(
        {next_header(e), ideal_[e].narrow(0, static_cast<int64_t>(made_) * frames, frames)});
  }
  return out;
}

std::vector<LatentChunk> Planner::imagine(std::vector<PlannedStep>& steps) {
  if (settings_.imagination == Imagination::Oracle) return ideal_chunks();
  if (settings_.branches == 1) return batch_->generate(actions(made_)).chunks;
  return imagine_branches(steps);
}

void Planner::read(size_t e, PlannedStep& step) {
  if (settings_.reading == Reading::Oracle) return;  // followers do
  auto read = read_actions(models_.idm, at::cat({seen_[e], step.imagined}), seen_[e].size(0));
  step.meant = std::move(read.actions);
  step.confidence = std::move(read.confidence);
}

// Episodes that learn on keep their memories, and borrow others' for the plan alone.
std::vector<LatentChunk> Planner::imagine_with_memories(std::vector<PlannedStep>& steps) {
  if (settings_.memory != MemoryUse::SwappedOn) return imagine(steps);
  const at::NoGradGuard no_grad;
  const auto own = batch_->run().memory()->parameters().values.detach().clone();
  batch_->run().swap_memories();
  auto chunks = imagine(steps);
  batch_->run().memory()->parameters().values.copy_(own);
  return chunks;
}

std::vector<PlannedStep> Planner::step() {
  std::vector<PlannedStep> steps(actors_.size());
  auto chunks = imagine_with_memories(steps);
  for (size_t e = 0; e < steps.size(); ++e) {
    steps[e].chunk = std::move(chunks[e]);
    steps[e].imagined = decoded(models_.codec, steps[e].chunk.latents);
    read(e, steps[e]);
  }
  for_each_at_once(steps.size(), settings_.jobs,
                   [&](size_t e) { followers_[e].execute(*actors_[e], steps[e]); });
  return steps;
}

void Planner::append(const std::vector<PlannedStep>& steps) {
  std::vector<LatentChunk> chunks;
  for (size_t e = 0; e < steps.size(); ++e) {
    const PlannedStep& step = steps[e];
    LatentChunk chunk = step.chunk;
    at::Tensor shown = step.imagined;
    if (settings_.feedback == Feedback::Observed && step.acted.frames == step.imagined.size(0)) {
      shown = frames_tensor(step.acted.rgb, step.imagined.size(1), step.imagined.size(2));
      chunk.latents = encoded(models_.codec, shown);
      chunk.header.role = formats::Role::Truth;
    }
    seen_[e] = last_frames(at::cat({seen_[e], shown}), kFramesBefore + 1);
    followers_[e].note(step);
    chunks.push_back(std::move(chunk));
  }
  batch_->append(chunks, true, {.own = settings_.feedback == Feedback::Generated});
  ++made_;
}

}  // namespace svg::plan
