#include "libcore/plan/actor.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <functional>
#include <mutex>
#include <numbers>
#include <thread>

#include "libcore/base/error.h"
#include "libcore/world/random.h"

namespace svg::plan {
namespace {

const world::Planes kRgb{world::Plane::Colour};

// N(0, 1) by Box and Muller.
double normal(world::Random& random) {
  const double u = (static_cast<double>(random.next() >> 11) + 1) / 9007199254740993.0;
  const double v = static_cast<double>(random.next() >> 11) / 9007199254740992.0;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

}  // namespace

Actor::Actor(const Task& task, const ActorSettings& settings) : task_(task), settings_(settings) {}

template <class F>
void Actor::guarded(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data && e.kind() != ErrorKind::Unavailable) throw;
    fail_with({e.kind(), e.what()});
  }
}

void Actor::fail_with(Failure failure) {
  if (!failure_) failure_ = std::move(failure);
  environment_.reset();
}

void Actor::begin() {
  guarded([&] {
    environment_ = environment_for(task_, settings_.command, settings_.limits);
    facts_ = environment_->facts();
    begun_ = true;
    std::vector<std::string> fields;
    for (const world::ActField& field : facts_.act_fields) fields.push_back(field.name);
    require(fields == task_.act_fields, ErrorKind::Data, "task ", task_.id,
            ": its actions are not those of the environment ", facts_.name);
    world::ResetRequest request = task_.reset;
    if (!facts_.can("teleport")) request.start.clear();
    append(past_, environment_->reset(request, kRgb),
           {world::FrameAction(facts_.act_fields.size(), 0.0)});
    pose_ = past_.poses;
    const Acted shown = step({task_.acts.begin() + 1, task_.acts.end()});
    require(shown.frames + 1 == static_cast<int>(task_.acts.size()), ErrorKind::Data, "task ",
            task_.id, ": the episode was over in the past that it shows");
    append(past_, shown);
  });
}

Acted Actor::step(const std::vector<world::FrameAction>& actions) {
  Acted seen;
  if (actions.empty()) return seen;
  const world::Observation o = environment_->step(actions, kRgb);
  append(seen, o, actions);
  if (!o.pose.empty())
    pose_.assign(o.pose.end() - static_cast<int64_t>(facts_.pose_fields.size()), o.pose.end());
  if (!o.state.empty()) state_ = o.state;
  ended_ = o.done || o.n < static_cast<int>(actions.size());
  return seen;
}

Acted Actor::act(const std::vector<world::FrameAction>& actions) {
  std::vector<world::FrameAction> executed;
  int frame = executed_;
  for (world::FrameAction action : actions) {
    world::Random random = world::Random(settings_.seed)
                               .fork("act noise " + task_.id)
                               .fork("frame", static_cast<uint64_t>(frame++));
    for (double& v : action) v *= 1 + settings_.act_noise * normal(random);
    executed.push_back(world::clamped(facts_, std::move(action)));
  }
  return repeat(executed);
}

Acted Actor::repeat(const std::vector<world::FrameAction>& executed) {
  Acted seen;
  if (over()) return seen;
  guarded([&] { seen = step(executed); });
  executed_ += seen.frames;
  return seen;
}

const Acted& Actor::solved() const {
  if (solved_) return *solved_;
  ActorSettings exact = settings_;
  exact.act_noise = 0;
  Actor other(task_, exact);
  other.begin();
  Acted seen = other.act(task_.solution);
  if (other.failure()) fail(other.failure()->kind, other.failure()->what);
  require(seen.frames == static_cast<int>(task_.solution.size()), ErrorKind::Data, "task ",
          task_.id, ": its solution ends after ", seen.frames, " of ", task_.solution.size(),
          " frames");
  return solved_.emplace(std::move(seen));
}

const world::EnvironmentFacts& Actor::facts() const {
  require(begun_, ErrorKind::Internal, "an environment's facts were asked for before it began");
  return facts_;
}

void for_each_at_once(size_t count, int jobs, const std::function<void(size_t)>& f) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (size_t i; (i = next++) < count;) try {
        f(i);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < std::min(static_cast<size_t>(std::max(1, jobs)), count); ++i)
      threads.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace svg::plan
