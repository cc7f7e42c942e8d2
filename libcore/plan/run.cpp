#include "libcore/plan/run.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/fast/memory_store.h"
#include "libcore/plan/batches.h"
#include "libcore/plan/growing_folder.h"
#include "libcore/plan/plan_files.h"
#include "libcore/plan/planner.h"
#include "libcore/plan/step_file.h"
#include "libcore/plan/subgoals.h"
#include "libcore/tensor/runtime.h"
#include "libcore/world/shards.h"

namespace svg::plan {
namespace {

namespace fs = std::filesystem;
using world::numbered;

// A deterministic environment that shows other frames than it did.
struct Changed {
  std::string what;
};

class PlanRun {
 public:
  PlanRun(const RunPlansSettings& s, Context& context)
      : s_(s),
        context_(context),
        device_(apply_runtime(context)),
        tasks_(read_tasks(s.tasks, s.first, s.count)),
        pipeline_(load_pipeline(s.model, dtype_from(context.dtype), device_)),
        codec_(load_latent_codec(s.model, context, 64)),
        idm_(load_idm(s.idm, device_)),
        run_(episode::run_settings_of(pipeline_.files, s.run)),
        subgoals_(s.subgoals, s.command, s.limits) {
    run_.seed = context.seed;
    check_control(idm_, s.planner.control);
    if (s.planner.branches > 1) s.planner.scorer_kind();
    require(s.batch >= 1, ErrorKind::Usage, "--batch ", s.batch, ": expected at least 1");
    require(s.video == "none" || s.video == "mp4" || s.video == "gif" || s.video == "mkv",
            ErrorKind::Usage, "--video ", s.video, ": expected mp4, mkv, gif or none");
  }

  RunPlansReport run() {
    GrowingFolder folder(s_.folder, settings_text(), s_.resume);
    folder_ = folder.path();
    std::vector<size_t> open;
    for (size_t i = 0; i < tasks_.size(); ++i)
      if (!path_exists(file(i, "episode-", ".json"))) open.push_back(i);
    report_.episodes = static_cast<int>(tasks_.size());
    report_.kept = static_cast<int>(tasks_.size() - open.size());
    Progress progress(context_.progress, "episode", report_.episodes, report_.kept);
    for (const auto& batch : batches_of(open)) {
      plan(batch);
      done_ += batch.size();
      progress.update(report_.kept + static_cast<int64_t>(done_));
    }
    assemble();
    folder.finish();
    return report_;
  }

 private:
  // All that shapes the bytes.
  std::string settings_text() const {
    auto planner = s_.planner;
    const ordered_json doc{{"env", s_.command},
                           {"subgoals", s_.subgoals},
                           {"first", s_.first},
                           {"tasks", tasks_.size()},
                           {"last", tasks_.back().id},
                           {"batch", s_.batch},
                           {"act_noise", s_.act_noise},
                           {"run", to_json(run_)},
                           {"planner", json_of(settings_of(planner))},
                           {"keep", s_.keep},
                           {"video", s_.video},
                           {"unet", pipeline_.unet_fingerprint},
                           {"vae", codec_.fingerprint},
                           {"idm", sha256_hex_of_file(s_.idm + "/model.safetensors")},
                           {"seed", context_.seed}};
    return doc.dump(2) + "\n";
  }

  std::string file(size_t i, const char* stem, const char* ending) const {
    return folder_ + "/" + numbered(stem, i, ending, 6);
  }

  // Of one length and one number of subgoals each, in the order of the tasks. A run that goes on
  // has the batches that it had.
  std::vector<std::vector<size_t>> batches_of(const std::vector<size_t>& open) {
    std::vector<std::string> shapes;
    for (size_t i = 0; i < tasks_.size(); ++i)
      shapes.push_back(cat(tasks_[i].chunks(), ' ', subgoals_for(i).size()));
    auto batches = batches_of_shapes(shapes, s_.batch);
    std::erase_if(batches, [&](const auto& batch) {
      return std::find(open.begin(), open.end(), batch.front()) == open.end() &&
             std::find(open.begin(), open.end(), batch.back()) == open.end();
    });
    return batches;
  }

  // Asked once, and kept: a program may answer otherwise the next time.
  const std::vector<std::string>& subgoals_for(size_t i) {
    auto& known = asked_[i];
    if (!known.empty()) return known;
    const std::string kept = file(i, "subgoals-", ".json");
    if (path_exists(kept)) {
      known = json_get<std::vector<std::string>>(parse_ordered_json(read_file(kept), kept),
                                                 "subgoals", kept);
      return known;
    }
    known = subgoals_.of(tasks_[i]);
    write_file_atomically(kept, dump_json({{"subgoals", known}}, kept) + "\n");
    return known;
  }

  std::string step_path(size_t first, size_t k) const {
    return folder_ + "/" + numbered(numbered("step-", first, "-", 6).c_str(), k, ".safetensors", 6);
  }

  void forget(const std::vector<size_t>& batch) {
    for (size_t k = 0; path_exists(step_path(batch[0], k)); ++k) fs::remove(step_path(batch[0], k));
    for (size_t i : batch) fs::remove_all(file(i, "memory-", ".memory"));
  }

  void plan(const std::vector<size_t>& batch) {
    try {
      if (!plan_once(batch)) {
        forget(batch);
        plan_once(batch);
      }
    } catch (const Changed& changed) {
      log_warn(cat(changed.what, ": starts ", batch.size() == 1 ? "the episode" : "the episodes",
                   " anew"));
      forget(batch);
      plan_once(batch);
    }
  }

  struct Batch {
    std::vector<size_t> numbers;
    std::vector<std::unique_ptr<Actor>> actors;
    std::vector<std::optional<fast::MemoryDirectory>> memories;
    std::vector<ordered_json> provenances;
    std::vector<std::vector<StoredStep>> steps;  // [step][episode]
  };

  bool keeps_memories() const {
    return s_.planner.memory == MemoryUse::On || s_.planner.memory == MemoryUse::Frozen;
  }

  // False where a stopped run's steps are of an environment that cannot be brought back to them.
  bool plan_once(const std::vector<size_t>& numbers) {
    Batch b{.numbers = numbers, .actors = {}, .memories = {}, .provenances = {}, .steps = {}};
    const ActorSettings settings{.command = s_.command,
                                 .limits = s_.limits,
                                 .act_noise = s_.act_noise,
                                 .seed = context_.seed};
    for (size_t i : numbers) b.actors.push_back(std::make_unique<Actor>(tasks_[i], settings));
    for_each_at_once(b.actors.size(), s_.planner.jobs, [&](size_t e) { b.actors[e]->begin(); });
    for (const auto& actor : b.actors)
      if (!actor->failure() && path_exists(step_path(numbers[0], 0)) &&
          !actor->facts().deterministic) {
        log_warn(cat("the environment ", actor->facts().name,
                     " is not deterministic: starts the stopped episodes anew"));
        return false;
      }
    b.memories.resize(numbers.size());
    b.provenances.resize(numbers.size());
    std::vector<Actor*> actors;
    std::vector<std::vector<std::string>> subgoals;
    std::vector<episode::BatchMember> members;
    for (size_t e = 0; e < numbers.size(); ++e) {
      b.provenances[e] = provenance_of(numbers, e);
      episode::BatchMember member{tasks_[numbers[e]].id};
      if (keeps_memories()) {
        auto& memory = b.memories[e];
        memory.emplace(file(numbers[e], "memory-", ".memory"), run_.fast,
                       pipeline_.unet_fingerprint);
        memory->begun_at({});
        memory->create(
            fast::memory_info(run_.fast, pipeline_.unet_fingerprint, s_.keep, b.provenances[e]));
        member.memory = &*memory;
        member.provenance = &b.provenances[e];
      }
      actors.push_back(b.actors[e].get());
      subgoals.push_back(subgoals_for(numbers[e]));
      members.push_back(std::move(member));
    }
    Planner planner({pipeline_, codec_, idm_}, run_, s_.planner, actors, subgoals, members);
    planner.begin();
    while (planner.steps_made() < planner.step_count()) {
      const std::string path = step_path(numbers[0], planner.steps_made());
      const bool made = path_exists(path);
      std::vector<StoredStep> stored = made ? again(b, path) : new_step(b, planner);
      if (!made) write_step(path, stored);  // before it is learned
      std::vector<PlannedStep> steps;
      for (const StoredStep& one : stored) steps.push_back(one.step);
      b.steps.push_back(std::move(stored));
      planner.append(steps);
      require(!stop_requested(), ErrorKind::Stopped, "stopped after subgoal ", planner.steps_made(),
              " of ", planner.step_count(), ": the same command with --resume goes on");
    }
    for (size_t e = 0; e < numbers.size(); ++e) {
      if (b.memories[e]) b.memories[e]->settle(b.provenances[e]);
      b.memories[e].reset();
      write(b, e, planner);
    }
    for (size_t k = 0; k < b.steps.size(); ++k) fs::remove(step_path(numbers[0], k));
    return true;
  }

  static std::vector<StoredStep> new_step(Batch& b, Planner& planner) {
    std::vector<StoredStep> stored;
    auto steps = planner.step();
    for (size_t e = 0; e < steps.size(); ++e)
      stored.push_back({std::move(steps[e]), b.actors[e]->failure()});
    return stored;
  }

  // A stopped run's step, executed again.
  std::vector<StoredStep> again(Batch& b, const std::string& path) {
    auto stored = read_step(path);
    require(stored.size() == b.actors.size(), ErrorKind::Config, path,
            ": is of another batch of episodes");
    for (size_t e = 0; e < stored.size(); ++e) {
      Actor& actor = *b.actors[e];
      const Acted seen = actor.repeat(stored[e].step.acted.acts);
      const bool same = seen.rgb == stored[e].step.acted.rgb;
      if (!same || (actor.failure() && !stored[e].failure))
        throw Changed{cat("episode ", actor.task().id,
                          ": the environment does not do again what it did",
                          actor.failure() ? ": " + actor.failure()->what : std::string())};
      if (stored[e].failure) actor.fail_with(*stored[e].failure);
    }
    return stored;
  }

  ordered_json provenance_of(const std::vector<size_t>& batch, size_t e) const {
    auto planner = s_.planner;
    ordered_json settings = to_json(run_);
    settings["planner"] = json_of(settings_of(planner));
    settings["act_noise"] = s_.act_noise;
    settings["env"] = s_.command;
    settings["task"] = tasks_[batch[e]].id;
    if (batch.size() > 1) settings["batch"] = {{"episodes", batch.size()}, {"place", e}};
    return formats::make_provenance(
        context_.tool, settings, context_.seed,
        {{"unet", pipeline_.unet_fingerprint}, {"vae", codec_.fingerprint}});
  }

  void write(const Batch& b, size_t e, const Planner& planner) {
    const size_t i = b.numbers[e];
    PlannedEpisode episode{.actor = *b.actors[e],
                           .past = planner.past_chunks(e),
                           .steps = {},
                           .provenance = b.provenances[e],
                           .codec = codec_,
                           .height = static_cast<int>(idm_.config.height),
                           .width = static_cast<int>(idm_.config.width)};
    for (const auto& step : b.steps) {
      episode.steps.push_back(&step[e].step);
      report_.frames += step[e].step.acted.frames;
    }
    const ordered_json whole = write_planned_episode({folder_, i, s_.video}, episode);
    // Last: an episode that has this file is whole.
    const std::string path = file(i, "episode-", ".json");
    write_file_atomically(path, dump_json(whole, path) + "\n");
  }

  void assemble() {
    std::string episodes, chunks, tasks, failed;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      const std::string path = file(i, "episode-", ".json");
      const ordered_json whole = parse_ordered_json(read_file(path), path);
      if (whole.contains("failure")) {
        const ordered_json& failure = whole["failure"];
        report_.failed.push_back(
            {tasks_[i].id, {static_cast<ErrorKind>(failure["kind"].get<int>()), failure["what"]}});
        failed += dump_json({{"episode", tasks_[i].id}, {"error", failure["what"]}}, path) + "\n";
      }
      if (!whole.contains("line")) continue;  // nothing of it was ever seen
      episodes += dump_json(whole["line"], path) + "\n";
      for (const ordered_json& chunk : whole["chunks"]) chunks += dump_json(chunk, path) + "\n";
      tasks += dump_json(whole["task"], path) + "\n";
    }
    write_file_atomically(folder_ + "/episodes.jsonl", episodes);
    write_file_atomically(folder_ + "/chunks.jsonl", chunks);
    write_file_atomically(folder_ + "/tasks.jsonl", tasks);
    if (!failed.empty()) write_file_atomically(folder_ + "/failed.jsonl", failed);
    for (size_t i = 0; i < tasks_.size(); ++i) {
      fs::remove(file(i, "episode-", ".json"));
      fs::remove(file(i, "subgoals-", ".json"));
    }
  }

  const RunPlansSettings& s_;
  Context& context_;
  at::Device device_;
  std::vector<Task> tasks_;
  Pipeline pipeline_;
  LatentCodec codec_;
  Idm idm_;
  episode::RunSettings run_;
  SubgoalSource subgoals_;
  std::map<size_t, std::vector<std::string>> asked_;
  std::string folder_;
  size_t done_ = 0;
  RunPlansReport report_;
};

}  // namespace

RunPlansReport run_plans(const RunPlansSettings& settings, Context& context) {
  return PlanRun(settings, context).run();
}

}  // namespace svg::plan
