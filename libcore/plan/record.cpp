#include "libcore/plan/record.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/signals.h"
#include "libcore/plan/growing_folder.h"
#include "libcore/plan/policy.h"
#include "libcore/world/action.h"
#include "libcore/world/scene.h"
#include "libcore/world/shards.h"

namespace svg::plan {
namespace {

namespace fs = std::filesystem;
using world::numbered;

constexpr int kAttempts = 3;   // of an episode, each with a fresh environment
constexpr int kRefusals = 12;  // of a chunk, where moves that bump can be taken back
const world::Planes kRgb{world::Plane::Colour};

struct Seeds {
  uint64_t geometry = 0, appearance = 0, path = 0;
  int chunks = 0;
};

Seeds seeds_of(const RecordSettings& o, int index) {
  world::Random random = world::Random(o.seed)
                             .fork(cat("record ", o.split))
                             .fork("episode", static_cast<uint64_t>(index));
  const world::SeedRange& range = world::seed_range(o.split);
  Seeds seeds;
  seeds.geometry = range.first + random.below(static_cast<uint32_t>(range.count));
  seeds.appearance = range.first + random.below(static_cast<uint32_t>(range.count));
  seeds.path = random.next() >> 12;  // exact in a JSON reader that knows doubles only
  seeds.chunks = random.between(o.min_chunks, o.max_chunks);
  return seeds;
}

// An episode as it grows.
struct Recording {
  std::vector<uint8_t> rgb;
  std::vector<float> pose, act;
  std::vector<ordered_json> chunks;
  int frames = 0, hits = 0;
};

void append(Recording& r, const world::Observation& o, const world::FrameAction& action) {
  r.rgb.insert(r.rgb.end(), o.bytes.begin(), o.bytes.end());
  for (double v : o.pose) r.pose.push_back(static_cast<float>(v));
  for (int i = 0; i < o.n; ++i)
    for (double v : action) r.act.push_back(static_cast<float>(v));
  r.frames += o.n;
}

bool bumped(const world::Observation& o) {
  return std::find(o.hit.begin(), o.hit.end(), uint8_t{1}) != o.hit.end();
}

class Recorder {
 public:
  Recorder(const RecordSettings& o, std::string partial) : o_(o), partial_(std::move(partial)) {}

  // What the environment says, and the moves that follow from it.
  void begin() {
    const world::EnvironmentFacts& facts = running().facts();
    frames_ = o_.frames ? o_.frames : facts.chunk ? facts.chunk : 16;
    require(frames_ >= 2 && frames_ <= 32, ErrorKind::Usage, "chunks of ", frames_,
            " frames: expected 2 to 32");
    moves_ = !o_.moves.empty() ? read_moves(o_.moves, facts) : facts.moves;
    if (moves_.empty()) moves_ = plain_moves(facts, frames_);
    if (!o_.script.empty()) script_ = script_moves(o_.script, moves_);
  }

  // Three attempts; each failure ends the environment.
  std::optional<FailedEpisode> episode(int index) {
    for (int attempt = 1;; ++attempt) try {
        write(index, roll(seeds_of(o_, index)));
        return std::nullopt;
      } catch (const Error& e) {
        const bool environment = e.kind() == ErrorKind::Data || e.kind() == ErrorKind::Unavailable;
        environment_.reset();
        if (!environment) throw;
        log_warn(cat("episode ", index, ", attempt ", attempt, " of ", kAttempts, ": ", e.what()));
        if (attempt == kAttempts) return FailedEpisode{index, e.kind(), e.what()};
      }
  }
  int frames() const { return frames_; }
  const world::EnvironmentFacts& facts() { return running().facts(); }

 private:
  world::ProcessEnvironment& running() {
    if (!environment_ || !environment_->pipe().alive()) {
      environment_.reset();
      environment_ = std::make_unique<world::ProcessEnvironment>(o_.command, o_.limits);
    }
    return *environment_;
  }

  std::pair<Seeds, Recording> roll(const Seeds& seeds) {
    world::ProcessEnvironment& env = running();
    const bool takes_back = env.facts().can("snapshot") && script_.empty();
    const world::FrameAction still(env.facts().act_fields.size(), 0.0);
    Recording r;
    append(r, env.reset({seeds.geometry, seeds.appearance, {}}, kRgb), still);
    RandomPolicy policy(moves_, world::Random(seeds.path).fork("policy"));
    for (int k = 0; k < seeds.chunks; ++k) {
      require(!stop_requested(), ErrorKind::Stopped, "stopped");
      const auto n = static_cast<size_t>(frames_ - (k == 0 ? 1 : 0));
      const ordered_json snap = takes_back ? env.save() : ordered_json();
      for (int attempt = 1;; ++attempt) {
        const world::Move& move =
            script_.empty() ? policy.next() : script_[static_cast<size_t>(k) % script_.size()];
        const world::Observation o =
            env.step(std::vector<world::FrameAction>(n, move.action), kRgb);
        const bool hit = bumped(o);
        if (hit && takes_back && attempt < kRefusals) {
          env.restore(snap, kRgb);
          policy.refused();
          continue;
        }
        if (o.n < static_cast<int>(n)) {  // it ended within the chunk, which does not count
          require(k >= 2, ErrorKind::Data, "the episode was over in chunk ", k);
          return {seeds, std::move(r)};
        }
        append(r, o, move.action);
        ordered_json chunk{{"in", {k ? (k - 1) * frames_ : 0, k * frames_}},
                           {"out", {k * frames_, (k + 1) * frames_}},
                           {"text", move.text}};
        if (!move.inverse.empty()) chunk["text_inverse"] = move.inverse;
        chunk["act"] = act_json(env.facts(), move.action);
        if (hit) chunk["hit"] = true, ++r.hits;
        r.chunks.push_back(std::move(chunk));
        if (o.done) {
          require(k >= 1, ErrorKind::Data, "the episode was over in chunk ", k);
          return {seeds, std::move(r)};
        }
        break;
      }
    }
    return {seeds, std::move(r)};
  }

  // As svg-world's script retrace sets it: the places between chunks, the start first.
  ordered_json retrace_task(const std::string& id, const world::EnvironmentFacts& facts,
                            const Recording& r) const {
    const auto index_of = [&](const char* name) {
      return static_cast<size_t>(
          std::find(facts.pose_fields.begin(), facts.pose_fields.end(), name) -
          facts.pose_fields.begin());
    };
    const size_t fields = facts.pose_fields.size(), x = index_of("x"), y = index_of("y");
    require(x < fields && y < fields && !r.pose.empty(), ErrorKind::Usage,
            "--retrace needs poses with x and y: the environment ", facts.name, " has none");
    ordered_json waypoints = ordered_json::array(), subgoals = ordered_json::array();
    const auto add = [&](size_t frame) {
      waypoints.push_back({r.pose[frame * fields + x], r.pose[frame * fields + y]});
    };
    add(0);
    for (size_t k = 0; k < r.chunks.size(); ++k) {
      add((k + 1) * static_cast<size_t>(frames_) - 1);
      subgoals.push_back(world::kKeepGoingBack);
    }
    return {{"task", "retrace"},
            {"ep", id},
            {"goal_text", "go back the way you came"},
            {"ctx", {0, r.frames}},
            {"waypoints", waypoints},
            {"subgoals", subgoals},
            {"reversal", world::kKeepGoingBack}};
  }

  static ordered_json act_json(const world::EnvironmentFacts& facts,
                               const world::FrameAction& action) {
    ordered_json doc = ordered_json::object();
    for (size_t i = 0; i < action.size(); ++i)
      if (action[i] != 0) doc[facts.act_fields[i].name] = action[i];
    return {{"frame", doc}};
  }

  void write(int index, const std::pair<Seeds, Recording>& rolled) {
    const auto& [seeds, r] = rolled;
    const world::EnvironmentFacts& facts = running().facts();
    const auto file = [&](const char* stem, const char* ending) {
      return numbered(stem, static_cast<size_t>(index), ending, 6);
    };
    const auto put = [&](const std::string& name, std::span<const std::byte> bytes) {
      AtomicFile out(partial_ + "/" + name);
      out.write(bytes);
      out.finish();
    };
    const std::string video = file("frames-", ".rgb"), pose = file("pose-", ".f32"),
                      act = file("act-", ".f32");
    const auto rgb = std::as_bytes(std::span<const uint8_t>(r.rgb));
    put(video, rgb);
    if (!r.pose.empty()) put(pose, std::as_bytes(std::span<const float>(r.pose)));
    put(act, std::as_bytes(std::span<const float>(r.act)));
    const std::string id = cat(facts.name, numbered("/", static_cast<size_t>(index), "", 6));
    ordered_json line{
        {"ep", id},
        {"domain", facts.name},
        {"split", o_.split},
        {"video", video},
        {"sha256", sha256_hex(rgb)},
        {"fps", facts.fps},
        {"n", r.frames},
        {"h", facts.height},
        {"w", facts.width},
        {"seed",
         {{"geometry", seeds.geometry}, {"appearance", seeds.appearance}, {"path", seeds.path}}},
        {"gen", cat("svg-plan record: ", facts.name, ' ', facts.version)},
        {"chunk_frames", frames_}};
    if (!r.pose.empty()) line["pose"] = pose, line["pose_fields"] = facts.pose_fields;
    std::vector<std::string> names;
    for (const world::ActField& field : facts.act_fields) names.push_back(field.name);
    line["act"] = act;
    line["act_fields"] = names;
    line["licence"] = facts.licence;
    ordered_json chunks = ordered_json::array();
    for (size_t k = 0; k < r.chunks.size(); ++k) {
      ordered_json chunk{{"ep", id}, {"k", k}};
      chunk.update(r.chunks[k]);
      chunks.push_back(std::move(chunk));
    }
    // Last: an episode that has this file is whole.
    ordered_json whole{{"line", line}, {"chunks", chunks}, {"hits", r.hits}};
    if (o_.retrace) whole["task"] = retrace_task(id, facts, r);
    write_file_atomically(partial_ + "/" + file("episode-", ".json"),
                          dump_json(whole, "episode") + "\n");
  }

  const RecordSettings& o_;
  std::string partial_;
  std::unique_ptr<world::ProcessEnvironment> environment_;
  int frames_ = 0;
  std::vector<world::Move> moves_, script_;
};

// What must be the same for a run to go on.
std::string settings_line(const RecordSettings& o) {
  ordered_json doc{{"env", o.command},   {"chunks", {o.min_chunks, o.max_chunks}},
                   {"frames", o.frames}, {"moves", o.moves},
                   {"script", o.script}, {"split", o.split},
                   {"seed", o.seed}};
  if (o.retrace) doc["retrace"] = true;
  return dump_json(doc, "settings") + "\n";
}

// Manifest lines of all whole episodes, in order.
void assemble(const RecordSettings& o, const std::string& partial, RecordReport& report) {
  std::string episodes, chunks, tasks, failed;
  for (int i = 0; i < o.episodes; ++i) {
    const std::string name =
        partial + "/" + numbered("episode-", static_cast<size_t>(i), ".json", 6);
    if (!fs::exists(name)) continue;
    const ordered_json whole = parse_ordered_json(read_file(name), name);
    episodes += dump_json(whole["line"], name) + "\n";
    for (const ordered_json& chunk : whole["chunks"]) chunks += dump_json(chunk, name) + "\n";
    if (whole.contains("task")) tasks += dump_json(whole["task"], name) + "\n";
    report.frames += whole["line"]["n"].get<int64_t>();
    report.hits += whole["hits"].get<int>();
  }
  for (const FailedEpisode& f : report.failed)
    failed += dump_json({{"episode", f.episode}, {"error", f.what}}, "failed") + "\n";
  write_file_atomically(partial + "/episodes.jsonl", episodes);
  write_file_atomically(partial + "/chunks.jsonl", chunks);
  if (!tasks.empty()) write_file_atomically(partial + "/tasks.jsonl", tasks);
  if (!failed.empty()) write_file_atomically(partial + "/failed.jsonl", failed);
  for (int i = 0; i < o.episodes; ++i)
    fs::remove(partial + "/" + numbered("episode-", static_cast<size_t>(i), ".json", 6));
}

}  // namespace

RecordReport record(const RecordSettings& o, const std::function<void(int)>& progress) {
  require(o.episodes >= 1, ErrorKind::Usage, "--episodes ", o.episodes, ": expected at least 1");
  require(o.min_chunks >= 2 && o.max_chunks >= o.min_chunks, ErrorKind::Usage, "chunks ",
          o.min_chunks, " to ", o.max_chunks, ": an episode has 2 at least");
  require(o.jobs >= 1, ErrorKind::Usage, "-j ", o.jobs, ": expected at least 1");
  GrowingFolder folder(o.folder, settings_line(o), o.resume);
  const std::string& partial = folder.path();
  std::vector<int> open;
  for (int i = 0; i < o.episodes; ++i)
    if (!fs::exists(partial + "/" + numbered("episode-", static_cast<size_t>(i), ".json", 6)))
      open.push_back(i);
  RecordReport report;
  report.kept = o.episodes - static_cast<int>(open.size());
  std::atomic<size_t> next{0};
  int done = report.kept;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      Recorder recorder(o, partial);
      recorder.begin();
      for (size_t i; (i = next++) < open.size();) {
        const std::optional<FailedEpisode> failed = recorder.episode(open[i]);
        std::lock_guard lock(mutex);
        if (failed) report.failed.push_back(*failed);
        else ++report.episodes;
        progress(++done);
      }
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = open.size();
    }
  };
  if (!open.empty()) {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < std::min(static_cast<size_t>(o.jobs), open.size()); ++i)
      threads.emplace_back(work);
    work();
  }
  if (failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::Stopped || stop_requested())
        fail(ErrorKind::Stopped, "stopped after ", done, " of ", o.episodes,
             " episodes: the same command with --resume goes on");
      throw;
    }
  }
  std::sort(report.failed.begin(), report.failed.end(),
            [](const FailedEpisode& a, const FailedEpisode& b) { return a.episode < b.episode; });
  if (report.episodes + report.kept == 0)
    fail(report.failed.front().kind, "no episode succeeded: ", report.failed.front().what);
  assemble(o, partial, report);
  folder.finish();
  return report;
}

}  // namespace svg::plan
