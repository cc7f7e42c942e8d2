#include "libcore/plan/reading.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/episode/episode_run.h"
#include "libcore/plan/actor.h"
#include "libcore/plan/idm.h"
#include "libcore/plan/pictures.h"
#include "libcore/tensor/runtime.h"

namespace svg::plan {
namespace {

const world::Planes kRgb{world::Plane::Colour};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// A move where the past of a task ends. u8 [F, H, W, 3]; undefined where something is in the way.
struct Done {
  at::Tensor recorded, coded;
};

// What became of a move in one task; NaN where it was not possible.
struct Read {
  double recorded = kNone, coded = kNone, shown = kNone, as_asked = kNone, as_shown = kNone;
};

class Readings {
 public:
  Readings(const ReadingSettings& s, Context& context)
      : s_(s),
        context_(context),
        device_(apply_runtime(context)),
        tasks_(read_tasks(s.tasks, 0, s.count)),
        pipeline_(load_pipeline(s.model, dtype_from(context.dtype), device_)),
        codec_(load_latent_codec(s.model, context, 64)),
        idm_(load_idm(s.idm, device_)),
        run_(episode::run_settings_of(pipeline_.files, s.run)) {
    run_.seed = context.seed;
    run_.use_fast = false;
    require(s.batch >= 1, ErrorKind::Usage, "--batch ", s.batch, ": expected at least 1");
  }

  std::vector<MoveReading> run() {
    Progress progress(context_.progress, "task", static_cast<int64_t>(tasks_.size()));
    for (size_t first = 0; first < tasks_.size(); first += static_cast<size_t>(s_.batch)) {
      const size_t end = std::min(tasks_.size(), first + static_cast<size_t>(s_.batch));
      require(!stop_requested(), ErrorKind::Stopped, "stopped after ", first, " of ", tasks_.size(),
              " tasks");
      batch({tasks_.begin() + static_cast<int64_t>(first),
             tasks_.begin() + static_cast<int64_t>(end)});
      progress.update(static_cast<int64_t>(end));
    }
    if (rows_.empty()) fail(failure_->kind, "no task could be begun: ", failure_->what);
    return table();
  }

 private:
  void batch(const std::vector<Task>& tasks) {
    std::vector<std::unique_ptr<Actor>> actors;
    for (const Task& task : tasks)
      actors.push_back(std::make_unique<Actor>(
          task, ActorSettings{.command = s_.command, .limits = s_.limits, .seed = context_.seed}));
    for_each_at_once(actors.size(), s_.jobs, [&](size_t i) { actors[i]->begin(); });
    std::erase_if(actors, [&](const auto& actor) {
      if (!actor->over()) return false;
      failure_ = actor->failure().value_or(Failure{ErrorKind::Data, "the episode is over"});
      log_warn(cat("task ", actor->task().id, ": ", failure_->what));
      return true;
    });
    if (actors.empty()) return;
    check(*actors[0]);
    std::vector<std::vector<Done>> done;  // [task][move]
    std::vector<at::Tensor> seen, pasts;
    std::vector<std::string> names;
    for (const auto& actor : actors) {
      done.push_back(do_moves(*actor));
      const auto past = frames_tensor(actor->past().rgb, idm_.config.height, idm_.config.width);
      seen.push_back(last_frames(past, kFramesBefore + 1));
      pasts.push_back(encoded(codec_, last_frames(past, actor->task().chunk_frames)));
      names.push_back(actor->task().id);
    }
    episode::EpisodeRun run(pipeline_, run_, names);
    run.append(at::stack(pasts), std::vector<episode::Action>(names.size()), false);
    const size_t first = rows_.size();
    rows_.resize(first + names.size(), std::vector<Read>(moves_.size()));
    for (size_t m = 0; m < moves_.size(); ++m) {
      episode::Action asked;
      asked.text = moves_[m].text;
      const auto chunks = run.generate(std::vector<episode::Action>(names.size(), asked));
      for (size_t e = 0; e < names.size(); ++e)
        if (done[e][m].recorded.defined())
          rows_[first + e][m] =
              read(seen[e], done[e], m, decoded(codec_, chunks[static_cast<int64_t>(e)]));
    }
  }

  void check(const Actor& actor) {
    const world::EnvironmentFacts& facts = actor.facts();
    require(facts.can("snapshot") && !facts.moves.empty(), ErrorKind::Usage, "the environment ",
            facts.name, " has no snapshots or names no moves: what a chunk shows cannot be told");
    require(facts.height == idm_.config.height && facts.width == idm_.config.width,
            ErrorKind::Config, "the environment ", facts.name, " shows ", facts.width, "x",
            facts.height, " px, the inverse dynamics model reads ", idm_.config.width, "x",
            idm_.config.height);
    require(actor.task().chunk_frames == run_.future, ErrorKind::Config,
            "the model makes chunks of ", run_.future, " frames, task ", actor.task().id,
            " has chunks of ", actor.task().chunk_frames);
    moves_ = facts.moves;
  }

  std::vector<Done> do_moves(Actor& actor) const {
    world::Environment& env = *actor.environment();
    const ordered_json here = env.save();
    std::vector<Done> all;
    for (const world::Move& move : moves_) {
      const auto o = env.step(
          std::vector<world::FrameAction>(static_cast<size_t>(run_.future), move.action), kRgb);
      env.restore(here, kRgb);
      const bool blocked =
          o.n < run_.future || std::find(o.hit.begin(), o.hit.end(), 1) != o.hit.end();
      Done done;
      if (!blocked) {
        done.recorded = frames_tensor(o.bytes, idm_.config.height, idm_.config.width);
        done.coded = decoded(codec_, encoded(codec_, done.recorded));
      }
      all.push_back(std::move(done));
    }
    return all;
  }

  std::vector<world::FrameAction> actions_in(const at::Tensor& seen,
                                             const at::Tensor& frames) const {
    return read_actions(idm_, at::cat({seen, frames}), seen.size(0)).actions;
  }

  // Share of frames that were read as `move`.
  double right(const std::vector<world::FrameAction>& actions, size_t move) const {
    int count = 0;
    for (const world::FrameAction& action : actions) {
      bool same = true;
      for (size_t v = 0; v < action.size(); ++v) {
        const IdmField& field = idm_.config.fields[v];
        same = same && class_of(field, action[v]) == class_of(field, moves_[move].action[v]);
      }
      count += same;
    }
    return count / static_cast<double>(actions.size());
  }

  Read read(const at::Tensor& seen, const std::vector<Done>& done, size_t asked,
            const at::Tensor& generated) const {
    size_t shown = asked;
    double nearest = std::numeric_limits<double>::infinity();
    for (size_t m = 0; m < done.size(); ++m) {
      if (!done[m].coded.defined()) continue;
      const double distance = squared_distance(generated, done[m].coded);
      if (distance < nearest) nearest = distance, shown = m;
    }
    const auto in_generated = actions_in(seen, generated);
    return {.recorded = right(actions_in(seen, done[asked].recorded), asked),
            .coded = right(actions_in(seen, done[asked].coded), asked),
            .shown = shown == asked ? 1.0 : 0.0,
            .as_asked = right(in_generated, asked),
            .as_shown = right(in_generated, shown)};
  }

  MoveReading row_of(const std::string& name, size_t first, size_t end) const {
    MoveReading row;
    row.move = name;
    const auto over_tasks = [&](double Read::*what) {
      std::vector<double> values;
      for (const auto& task : rows_) {
        double sum = 0;
        int count = 0;
        for (size_t m = first; m < end; ++m)
          if (!std::isnan(task[m].shown)) sum += task[m].*what, ++count;
        values.push_back(count ? sum / count : kNone);
      }
      return eval::bootstrap_mean(values);
    };
    for (const auto& task : rows_)
      for (size_t m = first; m < end; ++m) row.chunks += !std::isnan(task[m].shown);
    row.recorded = over_tasks(&Read::recorded);
    row.coded = over_tasks(&Read::coded);
    row.shown = over_tasks(&Read::shown);
    row.as_asked = over_tasks(&Read::as_asked);
    row.as_shown = over_tasks(&Read::as_shown);
    return row;
  }

  std::vector<MoveReading> table() const {
    std::vector<MoveReading> out;
    for (size_t m = 0; m < moves_.size(); ++m) out.push_back(row_of(moves_[m].text, m, m + 1));
    out.push_back(row_of("all", 0, moves_.size()));
    return out;
  }

  const ReadingSettings& s_;
  Context& context_;
  at::Device device_;
  std::vector<Task> tasks_;
  Pipeline pipeline_;
  LatentCodec codec_;
  Idm idm_;
  episode::RunSettings run_;
  std::vector<world::Move> moves_;
  std::vector<std::vector<Read>> rows_;  // [task][move]
  std::optional<Failure> failure_;
};

}  // namespace

std::vector<MoveReading> measure_reading(const ReadingSettings& settings, Context& context) {
  return Readings(settings, context).run();
}

}  // namespace svg::plan
