#include "libcore/plan/score.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/plan/batches.h"
#include "libcore/plan/imagined_video.h"
#include "libcore/plan/pictures.h"
#include "libcore/plan/plain_policies.h"
#include "libcore/plan/planner.h"
#include "libcore/plan/subgoals.h"
#include "libcore/plan/task_scores.h"
#include "libcore/tensor/heap.h"
#include "libcore/tensor/runtime.h"

namespace svg::plan {
namespace {

std::optional<PlainPolicy> plain_policy_of(ScoreRow row) {
  switch (row) {
    case ScoreRow::InverseReplay:
      return PlainPolicy::InverseReplay;
    case ScoreRow::Random:
      return PlainPolicy::Random;
    case ScoreRow::TextOnly:
      return PlainPolicy::TextOnly;
    case ScoreRow::Oracle:
      return PlainPolicy::Oracle;
    default:
      return std::nullopt;
  }
}

std::vector<ScoreCell> cells_of(const ScoreSettings& s) {
  std::vector<ScoreCell> cells;
  for (double noise : s.noise)
    for (const std::string& name : s.rows) {
      const auto row = enum_from<ScoreRow>(name, "--rows");
      require(row != ScoreRow::Loop || !s.loop_model.empty(), ErrorKind::Usage,
              "--rows loop needs --loop-model");
      if (row == ScoreRow::OracleExecution && noise == 0) continue;  // it is temp-lora itself
      if (plain_policy_of(row)) cells.push_back({name, "-", noise});
      else
        for (const std::string& feedback : s.feedback) {
          enum_from<Feedback>(feedback, "--feedback");
          cells.push_back({name, feedback, noise});
        }
    }
  return cells;
}

ScoreRow row_of(const ScoreCell& cell) {
  return enum_from<ScoreRow>(cell.row, "--rows");
}

struct PlannedExecution : Execution {
  std::vector<at::Tensor> imagined;  // u8 [F, H, W, 3] a subgoal; kept for FVD alone
};

// A loaded model, and the memories that it made of the pasts of a batch.
struct Model {
  Pipeline pipeline;
  episode::RunSettings run;
  at::Tensor memories;  // undefined until learned
};

// What a batch of plans came to, a step each: actions that were read, and pictures.
struct MadePlans {
  std::vector<std::vector<std::vector<world::FrameAction>>> meant;  // [step][task]
  std::vector<std::vector<at::Tensor>> imagined;

  void add(const std::vector<PlannedStep>& steps) {
    meant.emplace_back();
    imagined.emplace_back();
    for (const PlannedStep& step : steps) {
      meant.back().push_back(step.meant);
      imagined.back().push_back(step.imagined);
    }
  }
};

class Scoring {
 public:
  Scoring(const ScoreSettings& s, Context& context)
      : s_(s),
        context_(context),
        device_(apply_runtime(context)),
        tasks_(read_tasks(s.tasks, 0, s.count)),
        subgoals_(s.subgoals, s.command, s.limits),
        cells_(cells_of(s)),
        results_(s.folder, settings_text(), s.resume, s.shard) {
    if (s.planner.branches > 1) s.planner.scorer_kind();
    if (device_.is_cpu()) keep_heap_for_reuse();  // cells do the same again and again
    require(s.batch >= 1, ErrorKind::Usage, "--batch ", s.batch, ": expected at least 1");
    require(s.batch > 1 || std::find(s.rows.begin(), s.rows.end(), "swapped") == s.rows.end(),
            ErrorKind::Usage, "--rows swapped needs a --batch of two tasks or more");
    if (!s.weights_dir.empty()) videos_.emplace(s.weights_dir);
    if (static_cast<int>(tasks_.size()) < s.count)
      log_warn(cat(s.tasks, " has ", tasks_.size(), " tasks, not ", s.count));
  }

  ordered_json run() {
    auto batches = batches_of_shapes(shapes(), s_.batch);
    int64_t number = 0;
    std::erase_if(batches, [&](const auto&) { return !s_.shard.has(number++); });
    if (batches.empty())
      log_warn(cat("--shard: nothing to do, there are only ", number, " batches"));
    Progress progress(context_.progress, "cell",
                      static_cast<int64_t>(batches.size() * cells_.size()));
    int64_t done = 0;
    for (const auto& batch : batches) {
      std::vector<const Task*> tasks;
      for (size_t i : batch) tasks.push_back(&tasks_[i]);
      for (auto* model : {&model_, &loop_})
        if (*model) (*model)->memories = at::Tensor();
      made_.clear();
      for (const ScoreCell& cell : cells_) {
        require(!stop_requested(), ErrorKind::Stopped, "stopped after ", done, " of ",
                batches.size() * cells_.size(), " cells: the same command with --resume goes on");
        if (!results_.has(cell, tasks.back()->id)) score(cell, tasks);
        progress.update(++done, cell.row);
      }
    }
    std::vector<std::string> names;
    std::vector<size_t> numbers;
    for (const auto& batch : batches) numbers.insert(numbers.end(), batch.begin(), batch.end());
    std::sort(numbers.begin(), numbers.end());
    for (size_t i : numbers) names.push_back(tasks_[i].id);
    return score_table(results_, cells_, names, videos_ ? videos_->profile() : "");
  }

 private:
  std::string settings_text() const {
    ordered_json said{{"model", s_.model},    {"loop_model", s_.loop_model},
                      {"idm", s_.idm},        {"tasks", s_.tasks},
                      {"env", s_.command},    {"subgoals", s_.subgoals},
                      {"batch", s_.batch},    {"run", s_.run},
                      {"seed", context_.seed}};
    if (!s_.weights_dir.empty()) said["weights_dir"] = s_.weights_dir;
    auto planner = s_.planner;
    said["planner"] = json_of(settings_of(planner));
    return said.dump(2) + "\n";
  }

  // Tasks of one shape can be planned in step.
  std::vector<std::string> shapes() {
    std::vector<std::string> out;
    for (const Task& task : tasks_)
      out.push_back(cat(task.chunks(), ' ', subgoals_.of(task).size()));
    return out;
  }

  Model& model_for(ScoreRow row) {
    auto& slot = row == ScoreRow::Loop ? loop_ : model_;
    if (!slot) {
      const std::string& name = row == ScoreRow::Loop ? s_.loop_model : s_.model;
      auto pipeline = load_pipeline(name, dtype_from(context_.dtype), device_);
      auto run = episode::run_settings_of(pipeline.files, s_.run);
      run.seed = context_.seed;
      if (!run.fast.gates()) run.fast.check = 0;  // held-out losses that nobody would see
      slot = std::make_unique<Model>(Model{std::move(pipeline), std::move(run), {}});
    }
    if (!idm_) {
      idm_.emplace(load_idm(s_.idm, device_));
      check_control(*idm_, s_.planner.control);
      codec_.emplace(load_latent_codec(s_.model, context_, 64));
    }
    return *slot;
  }

  void score(const ScoreCell& cell, const std::vector<const Task*>& tasks) {
    const ScoreRow row = row_of(cell);
    if (row == ScoreRow::Swapped && tasks.size() == 1)
      return log_warn(cat(tasks[0]->id, " is in no row swapped: no other task has its shape"));
    std::vector<std::unique_ptr<Actor>> actors;
    const ActorSettings settings{.command = s_.command,
                                 .limits = s_.limits,
                                 .act_noise = row == ScoreRow::OracleExecution ? 0 : cell.noise,
                                 .seed = context_.seed};
    for (const Task* task : tasks) actors.push_back(std::make_unique<Actor>(*task, settings));
    for_each_at_once(actors.size(), s_.planner.jobs, [&](size_t i) { actors[i]->begin(); });
    std::vector<PlannedExecution> executions(actors.size());
    for (size_t e = 0; e < actors.size(); ++e) {
      const Actor& actor = *actors[e];
      if (actor.over()) continue;
      executions[e].pose_fields = actor.facts().pose_fields;
      const auto fields = static_cast<int64_t>(actor.facts().pose_fields.size());
      executions[e].start.assign(actor.past().poses.begin(), actor.past().poses.begin() + fields);
      note(executions[e].pose_fields, actor.past().poses, executions[e].way);
      note(executions[e], actor.pose());
    }
    if (const auto policy = plain_policy_of(row)) act_plainly(*policy, actors, executions);
    else act_by_plans(cell, actors, executions);
    for (size_t e = 0; e < actors.size(); ++e) {
      executions[e].last = actors[e]->pose();
      ordered_json scores = ordered_json::object();
      if (!actors[e]->failure())
        for (const auto& [name, value] : task_scores(actors[e]->task(), executions[e]))
          scores[name] = value;
      results_.add(cell, actors[e]->task().id, scores, actors[e]->failure(),
                   features_of(executions[e].imagined));
    }
  }

  std::vector<float> features_of(const std::vector<at::Tensor>& imagined) const {
    return videos_ && !imagined.empty() ? videos_->features(at::cat(imagined))
                                        : std::vector<float>();
  }

  // The true video of a task, where it is not known yet.
  void note_truth(const Actor& actor, const Planner& plan, size_t e) {
    if (!videos_ || actor.over() || results_.has(kTruth, actor.task().id)) return;
    results_.add(kTruth, actor.task().id, ordered_json::object(), std::nullopt,
                 videos_->features(plan.ideal_frames(e)));
  }

  // Adds the places of poses, where they have one.
  static void note(const std::vector<std::string>& fields, const std::vector<double>& poses,
                   std::vector<Point>& to) {
    for (size_t i = 0; i + fields.size() <= poses.size() && !fields.empty(); i += fields.size()) {
      Point at{};
      for (size_t v = 0; v < fields.size(); ++v) {
        if (fields[v] == "x") at[0] = poses[i + v];
        if (fields[v] == "y") at[1] = poses[i + v];
      }
      to.push_back(at);
    }
  }
  static void note(Execution& execution, const std::vector<double>& poses) {
    note(execution.pose_fields, poses, execution.path);
  }

  void act_plainly(PlainPolicy policy, std::vector<std::unique_ptr<Actor>>& actors,
                   std::vector<PlannedExecution>& executions) {
    for (size_t e = 0; e < actors.size(); ++e) {
      Actor& actor = *actors[e];
      const size_t steps = subgoals_.of(actor.task()).size();
      for (size_t k = 0; k < steps && !actor.over(); ++k) {
        const Acted acted =
            actor.act(next_actions(policy, actor, actor.task().chunk_frames, context_.seed));
        note(executions[e], acted.poses);
        executions[e].states.push_back(actor.state());
      }
    }
  }

  void act_by_plans(const ScoreCell& cell, std::vector<std::unique_ptr<Actor>>& actors,
                    std::vector<PlannedExecution>& executions) {
    const ScoreRow row = row_of(cell);
    Model& model = model_for(row);
    PlannerSettings planner = s_.planner;
    planner.feedback = enum_from<Feedback>(cell.feedback, "--feedback");
    const bool learns = planner.memory == MemoryUse::On;
    switch (row) {
      case ScoreRow::None:
        planner.memory = MemoryUse::Off;
        break;
      case ScoreRow::Swapped:
        planner.memory = learns ? MemoryUse::SwappedOn : MemoryUse::Swapped;
        break;
      case ScoreRow::OracleGeneration:
        planner.memory = MemoryUse::Off;
        planner.imagination = Imagination::Oracle;
        break;
      case ScoreRow::OracleMemory:
        planner.memory = MemoryUse::Frozen;
        break;
      case ScoreRow::OracleIdm:
        planner.reading = Reading::Oracle;
        break;
      default:
        break;
    }
    // Plans that never see what came of them are the same under any noise and for any reader.
    const bool unseeing = planner.feedback == Feedback::Generated;
    const bool as_temp_lora = row == ScoreRow::OracleExecution || row == ScoreRow::OracleIdm;
    const ScoreRow maker = as_temp_lora ? ScoreRow::TempLora : row;
    if (const auto known = made_.find(maker); unseeing && known != made_.end())
      return act_again(known->second, planner, actors, executions);
    const bool reusable = unseeing && planner.reading == Reading::Idm;
    MadePlans made;
    std::vector<Actor*> pointers;
    std::vector<std::vector<std::string>> subgoals;
    std::vector<episode::BatchMember> members;
    for (const auto& actor : actors) {
      pointers.push_back(actor.get());
      subgoals.push_back(subgoals_.of(actor->task()));
      members.push_back({actor->task().id});
    }
    Planner plan({model.pipeline, *codec_, *idm_}, model.run, planner, pointers, subgoals, members);
    // What was learned of the past once serves all rows that learn nothing later.
    const bool knows = planner.memory != MemoryUse::Off && !learns && row != ScoreRow::OracleMemory;
    if (row == ScoreRow::OracleMemory) plan.begin_with(memories_of_all(model, planner, actors));
    else if (knows && model.memories.defined()) plan.begin_with(model.memories);
    else plan.begin();
    if (knows && !model.memories.defined()) model.memories = plan.memories();
    for (size_t e = 0; e < actors.size(); ++e) note_truth(*actors[e], plan, e);
    while (plan.steps_made() < plan.step_count()) {
      require(!stop_requested(), ErrorKind::Stopped,
              "stopped: the same command with --resume goes on");
      const auto steps = plan.step();
      for (size_t e = 0; e < steps.size(); ++e) note(executions[e], steps[e], *actors[e]);
      if (reusable) made.add(steps);
      plan.append(steps);
    }
    // A plan from an environment that had failed is of nothing that was seen.
    if (reusable &&
        std::none_of(actors.begin(), actors.end(), [](const auto& a) { return a->over(); }))
      made_[maker] = std::move(made);
  }

  // Memories that have learned the tasks' pasts and what is asked for, too: [P].
  at::Tensor memories_of_all(Model& model, const PlannerSettings& planner,
                             const std::vector<std::unique_ptr<Actor>>& of) {
    std::vector<Task> tasks;
    for (const auto& actor : of) tasks.push_back(with_solution(actor->task()));
    std::vector<std::unique_ptr<Actor>> actors;
    std::vector<Actor*> pointers;
    std::vector<episode::BatchMember> members;
    for (const Task& task : tasks) {
      actors.push_back(std::make_unique<Actor>(
          task, ActorSettings{.command = s_.command, .limits = s_.limits, .seed = context_.seed}));
      actors.back()->begin();
      pointers.push_back(actors.back().get());
      members.push_back({task.id});
    }
    Planner all({model.pipeline, *codec_, *idm_}, model.run, planner, pointers,
                std::vector<std::vector<std::string>>(tasks.size(), {"keep still"}), members);
    all.begin();
    return all.memories();
  }

  void act_again(const MadePlans& made, const PlannerSettings& planner,
                 std::vector<std::unique_ptr<Actor>>& actors,
                 std::vector<PlannedExecution>& executions) {
    for (size_t e = 0; e < actors.size(); ++e) {
      if (actors[e]->failure()) continue;
      const auto& like = made.imagined[0][e];
      Follower follower(*idm_, planner,
                        frames_tensor(actors[e]->past().rgb, like.size(1), like.size(2)));
      for (size_t k = 0; k < made.meant.size(); ++k) {
        PlannedStep step;
        step.imagined = made.imagined[k][e];
        step.meant = made.meant[k][e];
        follower.execute(*actors[e], step);
        follower.note(step);
        note(executions[e], step, *actors[e]);
      }
    }
  }

  void note(PlannedExecution& execution, const PlannedStep& step, const Actor& actor) const {
    note(execution, step.acted.poses);
    execution.states.push_back(actor.state());
    if (videos_) execution.imagined.push_back(step.imagined);
  }

  const ScoreSettings& s_;
  Context& context_;
  at::Device device_;
  std::vector<Task> tasks_;
  SubgoalSource subgoals_;
  std::vector<ScoreCell> cells_;
  ScoreResults results_;
  std::unique_ptr<Model> model_, loop_;
  std::map<ScoreRow, MadePlans> made_;  // of this batch
  std::optional<Idm> idm_;
  std::optional<LatentCodec> codec_;
  std::optional<ImaginedVideos> videos_;
};

}  // namespace

ordered_json score_tasks(const ScoreSettings& settings, Context& context) {
  return Scoring(settings, context).run();
}

}  // namespace svg::plan
