#include "libcore/plan/plain_policies.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "libcore/plan/policy.h"
#include "libcore/world/random.h"

namespace svg::plan {
namespace {

using world::FrameAction;

std::optional<size_t> index_of(const std::vector<std::string>& names, const std::string& name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<size_t>(it - names.begin());
}

FrameAction still(const Actor& actor) {
  return FrameAction(actor.task().act_fields.size(), 0.0);
}

// A field that can only be one way (a grip) is what it was before the step.
FrameAction undone(const Actor& actor, size_t row) {
  const auto& acts = actor.past().acts;
  const auto& fields = actor.facts().act_fields;
  FrameAction out = still(actor);
  for (size_t v = 0; v < fields.size(); ++v) {
    const bool both_ways = fields[v].min == -fields[v].max;
    out[v] = both_ways ? -acts[row][v] : acts[row - 1][v];
  }
  return out;
}

std::vector<FrameAction> inverse_replay(const Actor& actor, int frames) {
  std::vector<FrameAction> out;
  for (int i = 0; i < frames; ++i) {
    const int row = actor.past().frames - 1 - actor.executed() - i;
    out.push_back(row >= 1 ? undone(actor, static_cast<size_t>(row)) : still(actor));
  }
  return out;
}

std::vector<FrameAction> random_move(const Actor& actor, int frames, uint64_t seed) {
  auto moves = actor.facts().moves;
  if (moves.empty()) moves = plain_moves(actor.facts(), frames);
  world::Random random = world::Random(seed)
                             .fork("random policy " + actor.task().id)
                             .fork("frame", static_cast<uint64_t>(actor.executed()));
  const auto& move = moves[random.below(static_cast<uint32_t>(moves.size()))];
  return std::vector<FrameAction>(static_cast<size_t>(frames), move.action);
}

std::vector<FrameAction> text_only(const Actor& actor, int frames) {
  const auto turn = index_of(actor.task().act_fields, "turn"),
             fwd = index_of(actor.task().act_fields, "fwd");
  std::vector<FrameAction> out(static_cast<size_t>(frames), still(actor));
  if (!turn || !fwd) return out;
  // As fast as the environment's moves are.
  double quick = 0, far = 0;
  for (const world::Move& move : actor.facts().moves) {
    quick = std::max(quick, move.action[*turn]);
    far = std::max(far, move.action[*fwd]);
  }
  if (quick == 0) quick = actor.facts().act_fields[*turn].max / 2;
  if (far == 0) far = actor.facts().act_fields[*fwd].max / 2;
  for (int i = 0; i < frames; ++i) {
    const double turned = (actor.executed() + i) * quick;
    auto& action = out[static_cast<size_t>(i)];
    if (turned < 180) action[*turn] = std::min(quick, 180 - turned);
    else action[*fwd] = far;
  }
  return out;
}

// How a gripper is moved from where it stands to `pose`, a row of the solution's poses: nothing
// where the environment has no gripper on a table.
void make_good(const Actor& actor, const double* pose, FrameAction& action) {
  const auto& names = actor.facts().pose_fields;
  const auto& fields = actor.task().act_fields;
  const auto x = index_of(names, "x"), y = index_of(names, "y"), z = index_of(names, "z"),
             yaw = index_of(names, "yaw");
  const auto dx = index_of(fields, "dx"), dy = index_of(fields, "dy"), dz = index_of(fields, "dz");
  if (!x || !y || !z || !yaw || !dx || !dy || !dz) return;
  const auto& here = actor.pose();
  // As the camera sees it, whose heading is the yaw.
  const double heading = here[*yaw] * std::numbers::pi / 180, c = std::cos(heading),
               s = std::sin(heading);
  const double east = pose[*x] - here[*x], north = pose[*y] - here[*y];
  action[*dx] += s * east - c * north;
  action[*dy] += c * east + s * north;
  action[*dz] += pose[*z] - here[*z];
}

// The solution; what noise has done to the pose by now is made good in the first frame.
std::vector<FrameAction> solution(const Actor& actor, int frames) {
  const Task& task = actor.task();
  std::vector<FrameAction> out;
  for (int i = 0; i < frames; ++i) {
    const auto row = static_cast<size_t>(actor.executed() + i);
    out.push_back(row < task.solution.size() ? task.solution[row] : still(actor));
  }
  const size_t fields = actor.facts().pose_fields.size();
  const auto last = static_cast<size_t>(actor.executed()) * fields;
  if (actor.executed() > 0 && last <= actor.solved().poses.size())
    make_good(actor, actor.solved().poses.data() + last - fields, out[0]);
  return out;
}

// One action after the other brings the pose, as it would be without noise, to that of the way.
std::vector<FrameAction> oracle(const Actor& actor, int frames) {
  const Task& task = actor.task();
  if (!task.solution.empty()) return solution(actor, frames);
  const auto& names = actor.facts().pose_fields;
  const auto x = index_of(names, "x"), y = index_of(names, "y"), yaw = index_of(names, "yaw");
  const auto turn = index_of(task.act_fields, "turn"), fwd = index_of(task.act_fields, "fwd"),
             side = index_of(task.act_fields, "side");
  require(x && y && yaw && turn && fwd && side, ErrorKind::Usage,
          "the row oracle needs poses with x, y, yaw and actions turn, fwd, side: the environment ",
          actor.facts().name, " has others");
  std::vector<double> pose = actor.pose();
  std::vector<FrameAction> out;
  for (int i = 0; i < frames; ++i) {
    const int row = std::max(0, actor.past().frames - 2 - actor.executed() - i);
    const double* to = actor.past().poses.data() + static_cast<size_t>(row) * names.size();
    FrameAction action = still(actor);
    action[*turn] = std::remainder(to[*yaw] - pose[*yaw], 360.0);
    const double heading = (pose[*yaw] + action[*turn]) * std::numbers::pi / 180,
                 c = std::cos(heading), s = std::sin(heading);
    const double dx = to[*x] - pose[*x], dy = to[*y] - pose[*y];
    action[*fwd] = c * dx + s * dy;
    action[*side] = c * dy - s * dx;
    action = world::clamped(actor.facts(), std::move(action));
    const double turned = (pose[*yaw] + action[*turn]) * std::numbers::pi / 180;
    pose[*yaw] += action[*turn];
    pose[*x] += std::cos(turned) * action[*fwd] - std::sin(turned) * action[*side];
    pose[*y] += std::sin(turned) * action[*fwd] + std::cos(turned) * action[*side];
    out.push_back(std::move(action));
  }
  return out;
}

}  // namespace

std::vector<FrameAction> next_actions(PlainPolicy policy, const Actor& actor, int frames,
                                      uint64_t seed) {
  if (actor.over()) return std::vector<FrameAction>(static_cast<size_t>(frames), still(actor));
  switch (policy) {
    case PlainPolicy::InverseReplay:
      return inverse_replay(actor, frames);
    case PlainPolicy::Random:
      return random_move(actor, frames, seed);
    case PlainPolicy::TextOnly:
      return text_only(actor, frames);
    case PlainPolicy::Oracle:
      return oracle(actor, frames);
  }
  fail(ErrorKind::Internal, "a policy without actions");
}

}  // namespace svg::plan
