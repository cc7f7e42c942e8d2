#include "libcore/plan/recorder.h"

#include <algorithm>

#include "libcore/base/atomic_file.h"
#include "libcore/base/log.h"
#include "libcore/base/signals.h"
#include "libcore/plan/policy.h"
#include "libcore/plan/pose_visits.h"
#include "libcore/plan/recorded_episode.h"
#include "libcore/world/action.h"
#include "libcore/world/scene.h"
#include "libcore/world/shards.h"

namespace svg::plan {
namespace {

using world::numbered;

constexpr int kAttempts = 3;   // of an episode, each with a fresh environment
constexpr int kRefusals = 12;  // of a chunk, where moves that bump can be taken back
const world::Planes kRgb{world::Plane::Colour};

bool bumped(const world::Observation& o) {
  return std::find(o.hit.begin(), o.hit.end(), uint8_t{1}) != o.hit.end();
}

ordered_json act_json(const world::EnvironmentFacts& facts, const world::FrameAction& action) {
  ordered_json doc = ordered_json::object();
  for (size_t i = 0; i < action.size(); ++i)
    if (action[i] != 0) doc[facts.act_fields[i].name] = action[i];
  return {{"frame", doc}};
}

}  // namespace

std::string episode_path(const std::string& folder, int index) {
  return folder + "/" + numbered("episode-", static_cast<size_t>(index), ".json", 6);
}

Recorder::Recorder(const RecordSettings& settings, const std::string& folder)
    : o_(settings), folder_(folder) {}

void Recorder::begin() {
  facts_ = running().facts();
  frames_ = o_.frames ? o_.frames : facts_.chunk ? facts_.chunk : 16;
  require(frames_ >= 2 && frames_ <= 32, ErrorKind::Usage, "chunks of ", frames_,
          " frames: expected 2 to 32");
  moves_ = !o_.moves.empty() ? read_moves(o_.moves, facts_) : facts_.moves;
  if (moves_.empty()) moves_ = plain_moves(facts_, frames_);
  if (!o_.script.empty()) script_ = script_moves(o_.script, moves_);
}

std::optional<FailedEpisode> Recorder::episode(int index) {
  const Seeds seeds = seeds_of(index);
  for (int attempt = 1;; ++attempt) {
    Recording r;
    try {
      roll(seeds, r);
      write(index, seeds, r, nullptr);
      return std::nullopt;
    } catch (const Error& e) {
      const bool environment = e.kind() == ErrorKind::Data || e.kind() == ErrorKind::Unavailable;
      environment_.reset();
      if (!environment) throw;
      log_warn(cat("episode ", index, ", attempt ", attempt, " of ", kAttempts, ": ", e.what()));
      if (attempt < kAttempts) continue;
      const FailedEpisode failed{.episode = index,
                                 .kind = e.kind(),
                                 .what = e.what(),
                                 .frames = r.chunks.empty() ? 0 : r.acted.frames};
      if (failed.frames > 0) write(index, seeds, r, &failed);
      return failed;
    }
  }
}

world::ProcessEnvironment& Recorder::running() {
  if (!environment_ || !environment_->pipe().alive()) {
    environment_.reset();
    environment_ = std::make_unique<world::ProcessEnvironment>(o_.command, o_.limits);
  }
  return *environment_;
}

Recorder::Seeds Recorder::seeds_of(int index) const {
  world::Random random = world::Random(o_.seed)
                             .fork(cat("record ", o_.split))
                             .fork("episode", static_cast<uint64_t>(index));
  const world::SeedRange& range = world::seed_range(o_.split);
  Seeds seeds;
  seeds.geometry = range.first + random.below(static_cast<uint32_t>(range.count));
  seeds.appearance = range.first + random.below(static_cast<uint32_t>(range.count));
  seeds.path = random.next() >> 12;  // exact in a JSON reader that knows doubles only
  seeds.chunks = random.between(o_.min_chunks, o_.max_chunks);
  return seeds;
}

void Recorder::roll(const Seeds& seeds, Recording& r) {
  world::ProcessEnvironment& env = running();
  const bool takes_back = facts_.can("snapshot") && script_.empty();
  append(r.acted, env.reset({seeds.geometry, seeds.appearance, {}}, kRgb),
         {world::FrameAction(facts_.act_fields.size(), 0.0)});
  RandomPolicy policy(moves_, world::Random(seeds.path).fork("policy"));
  for (int k = 0; k < seeds.chunks; ++k) {
    require(!stop_requested(), ErrorKind::Stopped, "stopped");
    const auto n = static_cast<size_t>(frames_ - (k == 0 ? 1 : 0));
    const ordered_json snap = takes_back ? env.save() : ordered_json();
    for (int attempt = 1;; ++attempt) {
      const world::Move& move =
          script_.empty() ? policy.next() : script_[static_cast<size_t>(k) % script_.size()];
      const world::Observation o = env.step(std::vector<world::FrameAction>(n, move.action), kRgb);
      if (bumped(o) && takes_back && attempt < kRefusals) {
        env.restore(snap, kRgb);
        policy.refused();
        continue;
      }
      if (o.n < static_cast<int>(n)) {  // it ended within the chunk, which does not count
        require(k >= 2, ErrorKind::Data, "the episode was over in chunk ", k);
        return;
      }
      append(r.acted, o, std::vector<world::FrameAction>(n, move.action));
      ordered_json chunk{{"in", {k ? (k - 1) * frames_ : 0, k * frames_}},
                         {"out", {k * frames_, (k + 1) * frames_}},
                         {"text", move.text}};
      if (!move.inverse.empty()) chunk["text_inverse"] = move.inverse;
      chunk["act"] = act_json(facts_, move.action);
      if (bumped(o)) chunk["hit"] = true, ++r.hits;
      r.chunks.push_back(std::move(chunk));
      if (o.done) {
        require(k >= 1, ErrorKind::Data, "the episode was over in chunk ", k);
        return;
      }
      break;
    }
  }
}

// As svg-world's script retrace sets it: the places between chunks, the start first.
ordered_json Recorder::retrace_task(const std::string& id, const Acted& acted,
                                    size_t chunks) const {
  const auto index_of = [&](const char* name) {
    return static_cast<size_t>(
        std::find(facts_.pose_fields.begin(), facts_.pose_fields.end(), name) -
        facts_.pose_fields.begin());
  };
  const size_t fields = facts_.pose_fields.size(), x = index_of("x"), y = index_of("y");
  require(x < fields && y < fields && !acted.poses.empty(), ErrorKind::Usage,
          "--retrace needs poses with x and y: the environment ", facts_.name, " has none");
  ordered_json waypoints = ordered_json::array(), subgoals = ordered_json::array();
  const auto coordinate = [&](size_t frame, size_t field) {
    return static_cast<float>(acted.poses[frame * fields + field]);
  };
  const auto add = [&](size_t frame) {
    waypoints.push_back({coordinate(frame, x), coordinate(frame, y)});
  };
  add(0);
  for (size_t k = 0; k < chunks; ++k) {
    add((k + 1) * static_cast<size_t>(frames_) - 1);
    subgoals.push_back(world::kKeepGoingBack);
  }
  return {{"task", "retrace"},
          {"ep", id},
          {"goal_text", "go back the way you came"},
          {"ctx", {0, acted.frames}},
          {"waypoints", waypoints},
          {"subgoals", subgoals},
          {"reversal", world::kKeepGoingBack}};
}

void Recorder::write(int index, const Seeds& seeds, const Recording& r,
                     const FailedEpisode* failed) const {
  const auto number = static_cast<size_t>(index);
  const std::string id = cat(facts_.name, numbered("/", number, "", 6));
  ordered_json line = write_episode_files(folder_, number, facts_,
                                          {.id = id,
                                           .split = o_.split,
                                           .made_by = "svg-plan record",
                                           .seed = {{"geometry", seeds.geometry},
                                                    {"appearance", seeds.appearance},
                                                    {"path", seeds.path}},
                                           .chunk_frames = frames_},
                                          r.acted);
  if (failed) line["failed"] = failed->what;
  const auto visits = visits_of_poses(r.acted.poses, facts_.pose_fields, frames_);
  ordered_json chunks = ordered_json::array();
  for (size_t k = 0; k < r.chunks.size(); ++k) {
    ordered_json chunk{{"ep", id}, {"k", k}};
    chunk.update(r.chunks[k]);
    if (k < visits.size() && !visits[k].empty()) chunk["visits"] = visits[k];
    chunks.push_back(std::move(chunk));
  }
  ordered_json whole{{"line", line}, {"chunks", chunks}, {"hits", r.hits}};
  if (o_.retrace && !failed) whole["task"] = retrace_task(id, r.acted, r.chunks.size());
  if (failed) whole["failed"] = true;
  // Last: an episode that has this file has all its others.
  write_file_atomically(episode_path(folder_, index), dump_json(whole, "episode") + "\n");
}

}  // namespace svg::plan
