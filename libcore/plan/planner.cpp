#include "libcore/plan/planner.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "libcore/base/error.h"
#include "libcore/plan/subgoals.h"
#include "libcore/tensor/pixels.h"
#include "libcore/world/random.h"

namespace svg::plan {
namespace {

using episode::Action;
using episode::LatentChunk;

const world::Planes kRgb{world::Plane::Colour};

at::Tensor decoded(const LatentCodec& codec, const at::Tensor& latents) {
  std::vector<uint8_t> bytes;
  const auto images = decode_images(codec, latents);
  for (const video::Image& image : images)
    bytes.insert(bytes.end(), image.rgb.begin(), image.rgb.end());
  return pictures_from_rgb(bytes, images[0].height, images[0].width);
}

at::Tensor encoded(const LatentCodec& codec, const at::Tensor& frames) {
  return encode_images(codec, images_of(frames), std::nullopt);
}

at::Tensor last_frames(const at::Tensor& frames, int64_t n) {
  const auto rows = at::arange(frames.size(0) - n, frames.size(0), at::kLong).clamp_min(0);
  return frames.index_select(0, rows);
}

double squared_distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).square().mean().item<double>();
}

// The seed of one branch of one step: another one for each, whatever the order.
uint64_t branch_seed(uint64_t seed, int64_t chunk, int64_t branch) {
  return world::Random(seed)
      .fork("branch", static_cast<uint64_t>(branch))
      .fork("chunk", static_cast<uint64_t>(chunk))
      .next();
}

}  // namespace

at::Tensor frames_tensor(const std::vector<uint8_t>& rgb, int64_t height, int64_t width) {
  return pictures_from_rgb(rgb, height, width);
}

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
  require(settings.memory != MemoryUse::Swapped || actors_.size() > 1, ErrorKind::Usage,
          "--memory swapped needs a batch of two tasks or more");
  run_.use_fast = settings.memory != MemoryUse::Off;
  require(!run_.use_fast || run_.fast.until == 0, ErrorKind::Usage,
          "--fast-until is for one episode at a time, those of a batch learn in step");
  episode::BatchSettings batch;
  if (settings.memory != MemoryUse::On) batch.learn_until = first.chunks();
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
  if (!run_.use_fast) return;
  const at::NoGradGuard no_grad;
  auto& values = batch_->run().memory()->parameters().values;
  if (memories) values.copy_(*memories);
  memories_ = values.detach().clone();
  if (settings_.memory == MemoryUse::Swapped) batch_->run().swap_memories();
}

std::vector<Action> Planner::actions(size_t step) const {
  std::vector<Action> out;
  for (const auto& subgoals : subgoals_) {
    Action action;
    action.text = subgoals[step];
    out.push_back(std::move(action));
  }
  return out;
}

// What a perfect memory would show: the past from its end to its beginning.
std::vector<LatentChunk> Planner::played_backwards() const {
  const auto frames = static_cast<int64_t>(actors_[0]->task().chunk_frames);
  std::vector<LatentChunk> out;
  for (size_t e = 0; e < actors_.size(); ++e) {
    std::vector<at::Tensor> all;
    for (const LatentChunk& chunk : pasts_[e]) all.push_back(chunk.latents);
    const auto latents = at::cat(all);
    const auto n = latents.size(0), last = n - 1 - static_cast<int64_t>(made_) * frames;
    const auto rows = at::arange(last - 1, last - 1 - frames, -1, at::kLong).clamp_min(0);
    formats::ChunkHeader header{.episode = actors_[e]->task().id,
                                .index = batch_->chunk_count(),
                                .role = formats::Role::Generated,
                                .action = subgoals_[e][made_],
                                .frames = frames};
    out.push_back({header, latents.index_select(0, rows)});
  }
  return out;
}

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
std::vector<at::Tensor> Planner::branched(std::vector<PlannedStep>& steps) {
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
    if (settings_.memory == MemoryUse::On) run.learn();
  }
  const auto ahead = at::cat(parts, 1);  // [E * n, depth * F, C, h, w]
  std::vector<at::Tensor> kept;
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
    kept.push_back(parts[0][e * n + step.branch].contiguous());
  }
  return kept;
}

std::vector<LatentChunk> Planner::imagine(std::vector<PlannedStep>& steps) {
  if (settings_.imagination == Imagination::Oracle) return played_backwards();
  if (settings_.branches == 1) return batch_->generate(actions(made_)).chunks;
  const auto kept = branched(steps);
  std::vector<LatentChunk> chunks;
  for (size_t e = 0; e < kept.size(); ++e) {
    formats::ChunkHeader header{
        .episode = actors_[e]->task().id,
        .index = batch_->chunk_count(),
        .role = formats::Role::Generated,
        .action = subgoals_[e][made_],
        .frames = kept[e].size(0),
        .past = std::min(run_.past, batch_->run().latents().size(1)),
        .seed = branch_seed(run_.seed, batch_->chunk_count(), steps[e].branch)};
    chunks.push_back({header, kept[e]});
  }
  return chunks;
}

void Planner::read(size_t e, PlannedStep& step) {
  if (settings_.reading == Reading::Oracle) return read_by_oracle(e, step);
  auto read = read_actions(models_.idm, at::cat({seen_[e], step.imagined}), seen_[e].size(0));
  step.read = std::move(read.actions);
  step.confidence = std::move(read.confidence);
}

// The move whose true frames, from where the environment stands, are nearest to the plan's.
void Planner::read_by_oracle(size_t e, PlannedStep& step) {
  Actor& actor = *actors_[e];
  const auto frames = static_cast<size_t>(step.imagined.size(0));
  step.read.assign(frames, world::FrameAction(actor.task().act_fields.size(), 0.0));
  if (actor.over()) return;
  world::Environment& env = *actor.environment();
  require(env.facts().can("snapshot") && !env.facts().moves.empty(), ErrorKind::Usage,
          "an oracle in the place of the inverse dynamics model needs an environment with "
          "snapshots and moves");
  const ordered_json here = env.save();
  double nearest = std::numeric_limits<double>::infinity();
  for (const world::Move& move : env.facts().moves) {
    const world::Observation o =
        env.step(std::vector<world::FrameAction>(frames, move.action), kRgb);
    env.restore(here, kRgb);
    if (o.n < static_cast<int>(frames)) continue;
    const double distance = squared_distance(
        step.imagined, frames_tensor(o.bytes, step.imagined.size(1), step.imagined.size(2)));
    if (distance >= nearest) continue;
    nearest = distance;
    step.read.assign(frames, move.action);
  }
}

std::vector<PlannedStep> Planner::step() {
  std::vector<PlannedStep> steps(actors_.size());
  auto chunks = imagine(steps);
  for (size_t e = 0; e < steps.size(); ++e) {
    steps[e].chunk = std::move(chunks[e]);
    steps[e].imagined = decoded(models_.codec, steps[e].chunk.latents);
    read(e, steps[e]);
  }
  for_each_at_once(steps.size(), settings_.jobs,
                   [&](size_t e) { steps[e].acted = actors_[e]->act(steps[e].read); });
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
    chunks.push_back(std::move(chunk));
  }
  batch_->append(chunks, true);
  ++made_;
}

}  // namespace svg::plan
