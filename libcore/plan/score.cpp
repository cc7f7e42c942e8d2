#include "libcore/plan/score.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/line_file.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/base/text_table.h"
#include "libcore/eval/cells.h"
#include "libcore/plan/plain_policies.h"
#include "libcore/plan/planner.h"
#include "libcore/plan/subgoals.h"
#include "libcore/plan/task_scores.h"
#include "libcore/tensor/runtime.h"

namespace svg::plan {
namespace {

constexpr const char *kResults = "results.jsonl", *kSettings = "settings.json";
// In the order of columns; what no cell has is left out.
constexpr const char* kMetrics[] = {"dist",   "dtw",    "end",     "end_yaw",      "dist_1",
                                    "dist_2", "dist_3", "success", "success_view", "idm_right"};

struct Cell {
  ScoreRow row = ScoreRow::None;
  std::string feedback;  // "-" for rows that generate nothing
  double noise = 0;

  ordered_json key() const {
    return {{"row", name_of(row)}, {"feedback", feedback}, {"noise", noise}};
  }
};

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

std::vector<Cell> cells_of(const ScoreSettings& s) {
  std::vector<Cell> cells;
  for (double noise : s.noise)
    for (const std::string& name : s.rows) {
      const auto row = enum_from<ScoreRow>(name, "--rows");
      require(row != ScoreRow::Loop || !s.loop_model.empty(), ErrorKind::Usage,
              "--rows loop needs --loop-model");
      if (row == ScoreRow::OracleExecution && noise == 0) continue;  // it is temp-lora itself
      if (plain_policy_of(row)) cells.push_back({row, "-", noise});
      else
        for (const std::string& feedback : s.feedback) {
          enum_from<Feedback>(feedback, "--feedback");
          cells.push_back({row, feedback, noise});
        }
    }
  return cells;
}

// A loaded model, and the memories that it made of the pasts of a batch.
struct Model {
  Pipeline pipeline;
  episode::RunSettings run;
  at::Tensor memories;  // undefined until learned
};

class Scoring {
 public:
  Scoring(const ScoreSettings& s, Context& context)
      : s_(s),
        context_(context),
        device_(apply_runtime(context)),
        tasks_(read_tasks(s.tasks, 0, s.count)),
        subgoals_(s.subgoals),
        cells_(cells_of(s)) {
    if (s.planner.branches > 1) s.planner.scorer_kind();
    require(s.batch >= 1, ErrorKind::Usage, "--batch ", s.batch, ": expected at least 1");
    if (static_cast<int>(tasks_.size()) < s.count)
      log_warn(cat(s.tasks, " has ", tasks_.size(), " tasks, not ", s.count));
    open_folder();
  }

  ordered_json run() {
    const auto batch = static_cast<size_t>(s_.batch);
    const size_t batches = (tasks_.size() + batch - 1) / batch;
    Progress progress(context_.progress, "cell", static_cast<int64_t>(batches * cells_.size()));
    int64_t done = 0;
    for (size_t first = 0; first < tasks_.size(); first += batch) {
      std::vector<const Task*> tasks;
      for (size_t i = first; i < std::min(tasks_.size(), first + batch); ++i)
        tasks.push_back(&tasks_[i]);
      for (auto* model : {&model_, &loop_})
        if (*model) (*model)->memories = at::Tensor();
      for (const Cell& cell : cells_) {
        require(!stop_requested(), ErrorKind::Stopped, "stopped after ", done, " of ",
                batches * cells_.size(), " cells: the same command with --resume goes on");
        if (!has(cell, *tasks.back())) score(cell, tasks);
        progress.update(++done, name_of(cell.row));
      }
    }
    return table();
  }

 private:
  void open_folder() {
    ordered_json said{{"model", s_.model},    {"loop_model", s_.loop_model},
                      {"idm", s_.idm},        {"tasks", s_.tasks},
                      {"env", s_.command},    {"subgoals", s_.subgoals},
                      {"batch", s_.batch},    {"run", s_.run},
                      {"seed", context_.seed}};
    auto planner = s_.planner;
    said["planner"] = json_of(settings_of(planner));
    const std::string settings = s_.folder + "/" + kSettings, text = said.dump(2) + "\n";
    if (path_exists(settings, ErrorKind::CannotCreate)) {
      require(s_.resume, ErrorKind::CannotCreate, s_.folder,
              ": holds scores: --resume goes on with them");
      require(read_file(settings) == text, ErrorKind::Config, settings,
              ": says other settings than this command");
      std::istringstream lines(read_file(s_.folder + "/" + kResults));
      for (std::string line; std::getline(lines, line);) {
        if (lines.eof()) break;  // torn
        lines_.push_back(parse_ordered_json(line, s_.folder + "/" + kResults));
      }
      std::string whole;
      for (const ordered_json& line : lines_) whole += line.dump() + "\n";
      write_file_atomically(s_.folder + "/" + kResults, whole);
    } else {
      make_directories(s_.folder);
      write_file_atomically(s_.folder + "/" + kResults, "");
      write_file_atomically(settings, text);
    }
    out_ = LineFile::in(s_.folder, kResults);
  }

  bool is_of(const ordered_json& line, const Cell& cell) const {
    return line["row"] == name_of(cell.row) && line["feedback"] == cell.feedback &&
           line["noise"] == cell.noise;
  }
  bool has(const Cell& cell, const Task& task) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const ordered_json& line) {
      return is_of(line, cell) && line["task"] == task.id;
    });
  }

  Model& model_for(ScoreRow row) {
    auto& slot = row == ScoreRow::Loop ? loop_ : model_;
    if (!slot) {
      const std::string& name = row == ScoreRow::Loop ? s_.loop_model : s_.model;
      auto pipeline = load_pipeline(name, dtype_from(context_.dtype), device_);
      auto run = episode::run_settings_of(pipeline.files, s_.run);
      run.seed = context_.seed;
      slot = std::make_unique<Model>(Model{std::move(pipeline), std::move(run), {}});
    }
    if (!idm_) {
      idm_.emplace(load_idm(s_.idm, device_));
      codec_.emplace(load_latent_codec(s_.model, context_, 64));
    }
    return *slot;
  }

  void score(const Cell& cell, const std::vector<const Task*>& tasks) {
    std::vector<std::unique_ptr<Actor>> actors;
    const ActorSettings settings{
        .command = s_.command,
        .limits = s_.limits,
        .act_noise = cell.row == ScoreRow::OracleExecution ? 0 : cell.noise,
        .seed = context_.seed};
    for (const Task* task : tasks) actors.push_back(std::make_unique<Actor>(*task, settings));
    for_each_at_once(actors.size(), s_.planner.jobs, [&](size_t i) { actors[i]->begin(); });
    std::vector<Execution> executions(actors.size());
    for (size_t e = 0; e < actors.size(); ++e) {
      const Actor& actor = *actors[e];
      if (actor.over()) continue;
      executions[e].pose_fields = actor.facts().pose_fields;
      const auto fields = static_cast<int64_t>(actor.facts().pose_fields.size());
      executions[e].start.assign(actor.past().poses.begin(), actor.past().poses.begin() + fields);
      note(executions[e].pose_fields, actor.past().poses, executions[e].way);
      note(executions[e], actor.pose());
    }
    if (const auto policy = plain_policy_of(cell.row)) act_plainly(*policy, actors, executions);
    else act_by_plans(cell, actors, executions);
    for (size_t e = 0; e < actors.size(); ++e) {
      executions[e].last = actors[e]->pose();
      ordered_json line = cell.key();
      line["task"] = actors[e]->task().id;
      if (actors[e]->failure()) {
        line["failed"] = actors[e]->failure()->what;
      } else {
        line["scores"] = ordered_json::object();
        for (const auto& [name, value] : task_scores(actors[e]->task(), executions[e]))
          line["scores"][name] = value;
      }
      out_.write(line.dump());
      lines_.push_back(std::move(line));
    }
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

  std::vector<std::string> subgoals_for(const Actor& actor) {
    auto& known = asked_[actor.task().id];
    if (known.empty())
      known = subgoals_.of(actor.task(),
                           actor.over() ? std::vector<world::Move>() : actor.facts().moves);
    return known;
  }

  void act_plainly(PlainPolicy policy, std::vector<std::unique_ptr<Actor>>& actors,
                   std::vector<Execution>& executions) {
    for (size_t e = 0; e < actors.size(); ++e) {
      Actor& actor = *actors[e];
      const size_t steps = subgoals_for(actor).size();
      for (size_t k = 0; k < steps && !actor.over(); ++k) {
        const Acted acted =
            actor.act(next_actions(policy, actor, actor.task().chunk_frames, context_.seed));
        note(executions[e], acted.poses);
        executions[e].states.push_back(actor.state());
      }
    }
  }

  void act_by_plans(const Cell& cell, std::vector<std::unique_ptr<Actor>>& actors,
                    std::vector<Execution>& executions) {
    Model& model = model_for(cell.row);
    PlannerSettings planner = s_.planner;
    planner.feedback = enum_from<Feedback>(cell.feedback, "--feedback");
    const bool learns = planner.memory == MemoryUse::On;
    switch (cell.row) {
      case ScoreRow::None:
        planner.memory = MemoryUse::Off;
        break;
      case ScoreRow::Swapped:
        planner.memory = MemoryUse::Swapped;
        break;
      case ScoreRow::OracleGeneration:
        planner.memory = MemoryUse::Off;
        planner.imagination = Imagination::Oracle;
        break;
      case ScoreRow::OracleIdm:
        planner.reading = Reading::Oracle;
        break;
      default:
        break;
    }
    std::vector<Actor*> pointers;
    std::vector<std::vector<std::string>> subgoals;
    std::vector<episode::BatchMember> members;
    for (const auto& actor : actors) {
      pointers.push_back(actor.get());
      subgoals.push_back(subgoals_for(*actor));
      members.push_back({actor->task().id});
    }
    Planner plan({model.pipeline, *codec_, *idm_}, model.run, planner, pointers, subgoals, members);
    // What was learned of the past once serves all rows that learn nothing later.
    const bool knows =
        planner.memory != MemoryUse::Off && (!learns || planner.memory == MemoryUse::Swapped);
    if (knows && model.memories.defined()) plan.begin_with(model.memories);
    else plan.begin();
    if (knows && !model.memories.defined()) model.memories = plan.memories();
    while (plan.steps_made() < plan.step_count()) {
      require(!stop_requested(), ErrorKind::Stopped,
              "stopped: the same command with --resume goes on");
      const auto steps = plan.step();
      for (size_t e = 0; e < steps.size(); ++e) {
        note(executions[e], steps[e].acted.poses);
        executions[e].states.push_back(actors[e]->state());
      }
      plan.append(steps);
    }
  }

  std::vector<double> values(const Cell& cell, const char* metric) const {
    std::vector<double> out;
    for (const Task& task : tasks_) {
      double value = std::numeric_limits<double>::quiet_NaN();
      for (const ordered_json& line : lines_)
        if (is_of(line, cell) && line["task"] == task.id && line.contains("scores") &&
            line["scores"].contains(metric))
          value = line["scores"][metric].get<double>();
      out.push_back(value);
    }
    return out;
  }

  ordered_json table() const {
    ordered_json out{{"tasks", tasks_.size()},
                     {"cells", ordered_json::array()},
                     {"differences", ordered_json::array()}};
    for (const Cell& cell : cells_) {
      ordered_json entry = cell.key();
      int failed = 0;
      for (const ordered_json& line : lines_)
        failed += is_of(line, cell) && line.contains("failed");
      entry["failed"] = failed;
      for (const char* metric : kMetrics) {
        const auto mine = eval::bootstrap_mean(values(cell, metric));
        if (mine.n > 0) entry[metric] = eval::to_json(mine);
      }
      out["cells"].push_back(std::move(entry));
    }
    for (const Cell& cell : cells_) {
      if (cell.row != ScoreRow::TempLora) continue;
      for (const Cell& other : cells_) {
        const bool beside =
            other.noise == cell.noise && (other.feedback == cell.feedback || other.feedback == "-");
        if (!beside || other.row == ScoreRow::TempLora) continue;
        ordered_json entry{
            {"noise", cell.noise}, {"feedback", cell.feedback}, {"minus", name_of(other.row)}};
        for (const char* metric : kMetrics) {
          const auto d = eval::bootstrap_difference(values(cell, metric), values(other, metric));
          if (d.n > 0) entry[metric] = eval::to_json(d);
        }
        out["differences"].push_back(std::move(entry));
      }
    }
    return out;
  }

  const ScoreSettings& s_;
  Context& context_;
  at::Device device_;
  std::vector<Task> tasks_;
  SubgoalSource subgoals_;
  std::vector<Cell> cells_;
  std::vector<ordered_json> lines_;
  LineFile out_;
  std::map<std::string, std::vector<std::string>> asked_;
  std::unique_ptr<Model> model_, loop_;
  std::optional<Idm> idm_;
  std::optional<LatentCodec> codec_;
};

std::string text_number(const ordered_json& value) {
  std::ostringstream out;
  out << value.get<double>();
  return out.str();
}

}  // namespace

ordered_json score_tasks(const ScoreSettings& settings, Context& context) {
  return Scoring(settings, context).run();
}

std::string score_text(const ordered_json& table) {
  std::vector<const char*> metrics;
  for (const char* metric : kMetrics)
    if (eval::has_numbers(table["cells"], metric)) metrics.push_back(metric);
  const auto block = [&](const ordered_json& entries, const char* name) {
    std::vector<std::vector<std::string>> rows{{name, "feedback", "noise"}};
    for (const char* metric : metrics) rows[0].push_back(metric);
    for (const ordered_json& entry : entries) {
      std::vector<std::string> row{entry[name].get<std::string>(),
                                   entry["feedback"].get<std::string>(),
                                   text_number(entry["noise"])};
      for (const char* metric : metrics)
        row.push_back(entry.contains(metric) ? eval::interval_cell(entry[metric], 2, true) : "-");
      rows.push_back(std::move(row));
    }
    return text_table(rows);
  };
  std::string text = cat(table["tasks"].get<size_t>(), " tasks; means with 95 % intervals\n") +
                     block(table["cells"], "row");
  for (const ordered_json& cell : table["cells"])
    if (cell["failed"] != 0)
      text += cat(cell["row"].get<std::string>(), ": ", cell["failed"].get<int>(),
                  " tasks failed and do not count\n");
  if (!table["differences"].empty())
    text += "\ntemp-lora minus\n" + block(table["differences"], "minus");
  return text;
}

}  // namespace svg::plan
