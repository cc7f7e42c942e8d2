#include "libcore/plan/tried_actions.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "libcore/base/error.h"
#include "libcore/plan/pictures.h"

namespace svg::plan {
namespace {

using world::FrameAction;

const world::Planes kRgb{world::Plane::Colour};

// What its episode does is all in what the environment says that can be done.
bool made_of_moves(const Actor& actor) {
  const auto& moves = actor.facts().moves;
  if (moves.empty()) return false;
  const auto is_move = [&](const FrameAction& act) {
    return std::any_of(moves.begin(), moves.end(),
                       [&](const world::Move& move) { return move.action == act; });
  };
  const auto &past = actor.task().acts, &next = actor.task().solution;
  return std::all_of(past.begin() + 1, past.end(), is_move) &&
         std::all_of(next.begin(), next.end(), is_move);
}

std::vector<FrameAction> nearest_move(Actor& actor, const at::Tensor& imagined) {
  world::Environment& env = *actor.environment();
  const auto frames = static_cast<size_t>(imagined.size(0));
  std::vector<FrameAction> best(frames, FrameAction(actor.task().act_fields.size(), 0.0));
  const ordered_json here = env.save();
  double nearest = std::numeric_limits<double>::infinity();
  for (const world::Move& move : env.facts().moves) {
    const world::Observation o = env.step(std::vector<FrameAction>(frames, move.action), kRgb);
    env.restore(here, kRgb);
    if (o.n < static_cast<int>(frames)) continue;
    const double distance =
        squared_distance(imagined, frames_tensor(o.bytes, imagined.size(1), imagined.size(2)));
    if (distance >= nearest) continue;
    nearest = distance;
    best.assign(frames, move.action);
  }
  return best;
}

}  // namespace

std::vector<FrameAction> tried_actions(Actor& actor, const at::Tensor& imagined) {
  require(actor.facts().can("snapshot") && made_of_moves(actor), ErrorKind::Usage,
          "an oracle in the place of the inverse dynamics model needs an environment with "
          "snapshots, and moves that are all that is done in task ",
          actor.task().id);
  try {
    return nearest_move(actor, imagined);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data && e.kind() != ErrorKind::Unavailable) throw;
    actor.fail_with({e.kind(), e.what()});
    return {};
  }
}

}  // namespace svg::plan
