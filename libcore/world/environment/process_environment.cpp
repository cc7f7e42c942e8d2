#include "libcore/world/environment/process_environment.h"

#include <algorithm>

#include "libcore/base/printable.h"

namespace svg::world {

TimeLimits limits_of(double seconds) {
  if (seconds <= 0) return {};
  const auto limit = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  return {limit, limit, limit, limit};
}

ProcessEnvironment::ProcessEnvironment(const std::string& command, const TimeLimits& limits)
    : limits_(limits), pipe_(command) {
  const ordered_json doc = answer({.op = Op::Hello, .id = 0}, limits.hello);
  try {
    facts_ = facts_from(doc, pipe_.where());
  } catch (const Error&) {
    pipe_.wait_for_end({});
    throw;
  }
}

ProcessEnvironment::~ProcessEnvironment() {
  try {
    // Nobody waits for what it has to say.
    limits_.close = std::min(limits_.close, std::chrono::milliseconds(1000));
    if (pipe_.alive()) close();
  } catch (...) {  // it is gone, one way or the other
  }
}

Reply ProcessEnvironment::ask(const std::string& op, const std::string& line, int64_t id) {
  pipe_.begin(op, limits_.step);
  pipe_.send(line);
  const std::string reply = pipe_.receive_line();
  try {
    return reply_from(reply, id, pipe_.where());
  } catch (const Error&) {
    pipe_.wait_for_end({});
    throw;
  }
}

ordered_json ProcessEnvironment::answer(const Request& request, std::chrono::milliseconds limit) {
  pipe_.begin(name_of(request.op), limit);
  pipe_.send(to_line(request, facts_));
  Reply reply;
  try {
    reply = reply_from(pipe_.receive_line(), request.id, pipe_.where());
  } catch (const Error&) {
    if (pipe_.alive()) pipe_.wait_for_end({});
    throw;
  }
  if (!reply.refusal) return std::move(reply.doc);
  const std::string what = printable(reply.refusal->message);
  if (reply.refusal->fatal) pipe_.fault(ErrorKind::Unavailable, what);
  fail(ErrorKind::Data, pipe_.where(), ": ", what);
}

Observation ProcessEnvironment::observe(Request request, std::chrono::milliseconds limit,
                                        int frames) {
  request.id = next_id();
  const ordered_json doc = answer(request, limit);
  Observation observation;
  size_t bytes = 0;
  try {
    observation = observation_from(doc, facts_, request.want, frames, bytes, pipe_.where());
  } catch (const Error&) {
    pipe_.wait_for_end({});
    throw;
  }
  observation.bytes.resize(bytes);
  pipe_.receive_bytes(observation.bytes);
  return observation;
}

Observation ProcessEnvironment::reset(const ResetRequest& request, const Planes& want) {
  return observe({.op = Op::Reset, .reset = request, .want = want}, limits_.reset, 1);
}

Observation ProcessEnvironment::step(std::span<const FrameAction> actions, const Planes& want) {
  require(!actions.empty() && actions.size() <= static_cast<size_t>(kMaxFrames),
          ErrorKind::Internal, "a step of ", actions.size(), " frames");
  return observe({.op = Op::Step, .acts = {actions.begin(), actions.end()}, .want = want},
                 limits_.step, static_cast<int>(actions.size()));
}

Observation ProcessEnvironment::teleport(const std::vector<double>& pose, const Planes& want) {
  return observe({.op = Op::Teleport, .pose = pose, .want = want}, limits_.reset, 1);
}

ordered_json ProcessEnvironment::save() {
  return json_get<ordered_json>(answer({.op = Op::Save, .id = next_id()}, limits_.step), "snap",
                                pipe_.where());
}

Observation ProcessEnvironment::restore(const ordered_json& snap, const Planes& want) {
  return observe({.op = Op::Restore, .snap = snap, .want = want}, limits_.reset, 1);
}

ordered_json ProcessEnvironment::state() {
  return json_get<ordered_json>(answer({.op = Op::State, .id = next_id()}, limits_.step), "state",
                                pipe_.where());
}

std::optional<int> ProcessEnvironment::close() {
  answer({.op = Op::Close, .id = next_id()}, limits_.close);
  pipe_.close_input();
  return pipe_.wait_for_end(limits_.close);
}

}  // namespace svg::world
