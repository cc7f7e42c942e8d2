// One task in its environment: the past is acted out, then what a plan says. A fault of the
// environment ends this actor, not the others. Torch-free.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcore/plan/acted.h"
#include "libcore/plan/task.h"

namespace svg::plan {

struct ActorSettings {
  std::string command;  // of the environment; empty: the embedded world
  world::TimeLimits limits;
  // Each amount of each frame that a plan executes is multiplied by 1 + N(0, act_noise). The past
  // is acted out exactly.
  double act_noise = 0;
  uint64_t seed = 0;
};

struct Failure {
  ErrorKind kind = ErrorKind::Data;
  std::string what;
};

class Actor {
 public:
  Actor(const Task& task, const ActorSettings& settings);

  // Starts the environment and acts out the past, which past() then is. Faults are failure().
  void begin();
  const Acted& past() const { return past_; }
  // Executes actions, one a frame, in the units of the task's act fields, with noise, within the
  // environment's limits. Fewer frames come back where the episode ends or fails; none after that.
  Acted act(const std::vector<world::FrameAction>& actions);
  // The same again, as it was executed once.
  Acted repeat(const std::vector<world::FrameAction>& executed);
  // What the task's solution looks like, in an environment of its own, without noise: made once.
  // Throws as that environment does, and Error{Data} where it does not do all of it.
  const Acted& solved() const;

  const std::optional<Failure>& failure() const { return failure_; }
  void fail_with(Failure failure);  // found by someone else
  bool over() const { return failure_ || ended_; }
  const Task& task() const { return task_; }
  // Throws Error{Internal} before begin(), or where it failed there.
  const world::EnvironmentFacts& facts() const;
  world::Environment* environment() { return environment_.get(); }  // nullptr once it failed
  const std::vector<double>& pose() const { return pose_; }         // the last; may be empty
  const ordered_json& state() const { return state_; }              // the last
  int executed() const { return executed_; }  // frames, the past's not counted

 private:
  template <class F>
  void guarded(const F& f);
  Acted step(const std::vector<world::FrameAction>& actions);

  const Task& task_;
  ActorSettings settings_;
  std::unique_ptr<world::Environment> environment_;
  world::EnvironmentFacts facts_;
  Acted past_;
  mutable std::optional<Acted> solved_;
  std::vector<double> pose_;
  ordered_json state_ = ordered_json::object();
  std::optional<Failure> failure_;
  bool ended_ = false, begun_ = false;
  int executed_ = 0;
};

// Calls f(i) for i in [0, count), as many at a time as `jobs` says. The first exception is thrown
// again when all have ended.
void for_each_at_once(size_t count, int jobs, const std::function<void(size_t)>& f);

}  // namespace svg::plan
