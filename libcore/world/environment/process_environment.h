// The client of the environment protocol: an environment that runs as a process of its own.
#pragma once
#include <chrono>

#include "libcore/world/environment/environment_pipe.h"
#include "libcore/world/environment/protocol.h"

namespace svg::world {

struct TimeLimits {
  std::chrono::milliseconds hello{60'000}, reset{30'000}, step{10'000}, close{5'000};
};
// The same for every operation; 0: those above.
TimeLimits limits_of(double seconds);

class ProcessEnvironment : public Environment {
 public:
  // Starts it and says hello. Throws Error{Unavailable}: cannot be run, dead, late; Error{Data}:
  // nonsense.
  explicit ProcessEnvironment(const std::string& command, const TimeLimits& limits = {});
  ~ProcessEnvironment() override;  // asks it to close, and ends it if it does not

  const EnvironmentFacts& facts() const override { return facts_; }
  Observation reset(const ResetRequest& request, const Planes& want) override;
  Observation step(std::span<const FrameAction> actions, const Planes& want) override;
  Observation teleport(const std::vector<double>& pose, const Planes& want) override;
  ordered_json save() override;
  Observation restore(const ordered_json& snap, const Planes& want) override;
  ordered_json state() override;
  // Its wait status where it ended by itself. Nothing else may follow.
  std::optional<int> close();

  // For checks: a line of one's own, and the reply to it. `id` is what the line says.
  Reply ask(const std::string& op, const std::string& line, int64_t id);
  int64_t next_id() { return ++id_; }
  EnvironmentPipe& pipe() { return pipe_; }

 private:
  ordered_json answer(const Request& request, std::chrono::milliseconds limit);
  Observation observe(Request request, std::chrono::milliseconds limit, int frames);

  TimeLimits limits_;
  EnvironmentPipe pipe_;
  EnvironmentFacts facts_;
  int64_t id_ = 0;
};

}  // namespace svg::world
