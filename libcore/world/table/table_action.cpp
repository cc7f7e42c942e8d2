#include "libcore/world/table/table_action.h"

#include <algorithm>
#include <vector>

namespace svg::world {
namespace {

using Forms = std::vector<const char*>;

// Fields: {c} and {o} colours, {s} a direction, {d} degrees. The last fifth, one at least, is held
// out.
const Forms& forms_of(const TableAct& act) {
  static const Forms stay = {"keep still", "do nothing", "wait", "let everything be", "hold still"};
  static const Forms move = {"move to the {c} cube", "go to the {c} cube",
                             "reach over the {c} cube", "bring the gripper to the {c} cube",
                             "hover over the {c} cube"};
  static const Forms push = {"push the {c} cube {s}", "slide the {c} cube {s}",
                             "shove the {c} cube {s}", "shift the {c} cube {s}",
                             "nudge the {c} cube {s}"};
  static const Forms pick = {"pick up the {c} cube", "lift the {c} cube", "take the {c} cube",
                             "grasp the {c} cube and lift it", "raise the {c} cube"};
  static const Forms carry = {"carry the {c} cube {s}", "bring the {c} cube {s}",
                              "transport the {c} cube {s}", "take the {c} cube further {s}"};
  static const Forms goal = {
      "carry the {c} cube to the green area", "bring the {c} cube to the green area",
      "take the {c} cube to the green area", "hold the {c} cube over the green area"};
  static const Forms back = {"put the {c} cube back", "return the {c} cube to its place",
                             "bring the {c} cube back where it was", "take the {c} cube home"};
  static const Forms was = {"put the {c} cube where the {o} cube was",
                            "bring the {c} cube to where the {o} cube had been",
                            "give the {c} cube the place of the {o} cube",
                            "take the {c} cube where the {o} cube used to be"};
  static const Forms drop = {"drop the {c} cube", "put down the {c} cube", "release the {c} cube",
                             "let go of the {c} cube", "set down the {c} cube"};
  static const Forms rest = {"return to rest", "bring the gripper to rest",
                             "go back to the resting place", "come to rest"};
  static const Forms left = {"circle {d} degrees to the left", "orbit left {d} degrees",
                             "go around the table {d} degrees to the left",
                             "swing {d} degrees to the left"};
  static const Forms right = {"circle {d} degrees to the right", "orbit right {d} degrees",
                              "go around the table {d} degrees to the right",
                              "swing {d} degrees to the right"};
  static const Forms fumble = {"fumble about", "move about at random", "fumble around",
                               "move anyhow", "wander about with the gripper"};
  switch (act.verb) {
    case TableVerb::Stay:
      return stay;
    case TableVerb::MoveTo:
      return move;
    case TableVerb::Push:
      return push;
    case TableVerb::PickUp:
      return pick;
    case TableVerb::Carry:
      return carry;
    case TableVerb::ToGoal:
      return goal;
    case TableVerb::Back:
      return back;
    case TableVerb::WhereWas:
      return was;
    case TableVerb::Drop:
      return drop;
    case TableVerb::Rest:
      return rest;
    case TableVerb::OrbitLeft:
      return left;
    case TableVerb::OrbitRight:
      return right;
    case TableVerb::Fumble:
      return fumble;
  }
  fail(ErrorKind::Internal, "an action without sentences");
}

constexpr const char* kVerbs[] = {"stay",       "move-to",     "push",      "pick-up", "carry",
                                  "to-goal",    "back",        "where-was", "drop",    "rest",
                                  "orbit-left", "orbit-right", "fumble"};
constexpr const char* kWays[] = {"left", "right", "up", "down"};

const char* word_of(Way way) {
  return kWays[static_cast<size_t>(way)];
}

Spot along(Way way, int32_t far) {
  switch (way) {
    case Way::Left:
      return {-far, 0};
    case Way::Right:
      return {far, 0};
    case Way::Up:
      return {0, far};
    case Way::Down:
      return {0, -far};
  }
  fail(ErrorKind::Internal, "no such way");
}

Spot place_of(const CubeState& cube) {
  return {cube.x, cube.y};
}

// Each frame anew: some of the way towards a cube or anywhere, at times to another height, at times
// with the other grip.
TableMotion fumble(const TableScene& scene, const TableState& state, Random random) {
  const TableConfig& c = scene.config;
  TableMotion m;
  m.close = random.chance(20) ? !state.closed : state.closed;
  if (random.chance(50)) {
    const int32_t levels[] = {c.side, (c.side + c.high) / 2, c.high};
    const auto lift = static_cast<int32_t>(c.lift * kCell);
    m.dz = std::clamp(levels[random.below(3)] - state.z, -lift, lift);
  }
  if (random.chance(25)) return m;
  Spot to{random.between(0, kCell), random.between(0, kCell)};
  if (random.chance(40)) {
    const Spot cube =
        place_of(state.cubes[random.below(static_cast<uint32_t>(state.cubes.size()))]);
    to = {cube.x + random.between(-c.side, c.side), cube.y + random.between(-c.side, c.side)};
  }
  const int percent = random.between(5, 100);
  const Spot left = as_seen(state, {to.x - state.x, to.y - state.y});
  const auto reach = static_cast<int32_t>(c.reach * kCell);
  m.dx = std::clamp(left.x * percent / 100, -reach, reach);
  m.dy = std::clamp(left.y * percent / 100, -reach, reach);
  return m;
}

// An even share of what is left.
int32_t share(int32_t left, int frames) {
  return (left + (left < 0 ? -frames : frames) / 2) / frames;
}

}  // namespace

Spot target_of(const TableScene& scene, const TableState& state, const TableAct& act) {
  const auto cube = static_cast<size_t>(act.cube);
  switch (act.verb) {
    case TableVerb::MoveTo:
      return place_of(state.cubes[cube]);
    case TableVerb::ToGoal:
      return scene.slot(act.cube);
    case TableVerb::Back:
      return scene.start[cube];
    case TableVerb::WhereWas:
      return scene.slot(act.other);
    case TableVerb::Rest:
      return kRest;
    default:
      return {state.x, state.y};
  }
}

TableMotion motion_of(const TableScene& scene, const TableState& state, const TableAct& act,
                      int i) {
  const TableConfig& c = scene.config;
  const int f = c.frames, quarter = f / 4, half = f / 2;
  TableMotion m;
  m.close = state.held >= 0;
  switch (act.verb) {
    case TableVerb::Stay:
      break;
    case TableVerb::MoveTo:
    case TableVerb::ToGoal:
    case TableVerb::Back:
    case TableVerb::WhereWas:
    case TableVerb::Rest: {
      const Spot to = target_of(scene, state, act);
      const Spot left = as_seen(state, {to.x - state.x, to.y - state.y});
      m.dx = share(left.x, f - i);
      m.dy = share(left.y, f - i);
      m.dz = share(c.high - state.z, f - i);
      break;
    }
    case TableVerb::Carry: {
      const Spot by = along(act.way, share(c.push, f));
      m.dx = by.x, m.dy = by.y;
      break;
    }
    case TableVerb::Push: {
      if (i < quarter) {
        m.dz = share(c.side - state.z, quarter - i);
        m.close = i == quarter - 1;
      } else if (i < f - quarter) {
        const Spot by = along(act.way, share(c.push, half));
        m.dx = by.x, m.dy = by.y;
        m.close = true;
      } else {
        m.dz = share(c.high - state.z, f - i);
        m.close = false;
      }
      break;
    }
    case TableVerb::PickUp:
      m.close = i >= half - 1;
      m.dz = i < half ? share(c.side - state.z, half - i) : share(c.high - state.z, f - i);
      break;
    case TableVerb::Drop:
      m.close = i < half;
      m.dz = i < half ? share(c.side - state.z, half - i) : share(c.high - state.z, f - i);
      break;
    case TableVerb::OrbitLeft:
    case TableVerb::OrbitRight:
      // Left as one walks around: the camera moves to its left, its heading turns clockwise.
      m.orbit = act.amount * kDegree / f * (act.verb == TableVerb::OrbitLeft ? -1 : 1);
      break;
    case TableVerb::Fumble:
      return fumble(
          scene, state,
          Random(static_cast<uint64_t>(act.seed)).fork("frame", static_cast<uint64_t>(i)));
  }
  return m;
}

ordered_json to_json(const TableScene& scene, const TableAct& act) {
  ordered_json out{{"verb", kVerbs[static_cast<size_t>(act.verb)]}};
  if (act.cube >= 0) out["object"] = cat(scene.colour_name(act.cube), " cube");
  if (act.verb == TableVerb::Push || act.verb == TableVerb::Carry) out["to"] = word_of(act.way);
  if (act.other >= 0) out["of"] = cat(scene.colour_name(act.other), " cube");
  if (act.amount) out["deg"] = act.amount;
  return out;
}

bool undoes(const TableAct& act, TableAct& undone) {
  undone = act;
  constexpr Way kOpposite[] = {Way::Right, Way::Left, Way::Down, Way::Up};
  switch (act.verb) {
    case TableVerb::Stay:
      return true;
    case TableVerb::Push:
    case TableVerb::Carry:
      undone.way = kOpposite[static_cast<size_t>(act.way)];
      return true;
    case TableVerb::PickUp:
      undone.verb = TableVerb::Drop;
      return true;
    case TableVerb::Drop:
      undone.verb = TableVerb::PickUp;
      return true;
    case TableVerb::OrbitLeft:
      undone.verb = TableVerb::OrbitRight;
      return true;
    case TableVerb::OrbitRight:
      undone.verb = TableVerb::OrbitLeft;
      return true;
    default:
      return false;
  }
}

bool undoes(const TableScene& scene, const TableState& before, const TableAct& act,
            TableAct& undone) {
  if (undoes(act, undone)) return true;
  const bool carries = act.verb == TableVerb::ToGoal || act.verb == TableVerb::Back ||
                       act.verb == TableVerb::WhereWas;
  if (!carries || before.held != act.cube) return false;
  const CubeState& cube = before.cubes[static_cast<size_t>(act.cube)];
  for (TableVerb verb : {TableVerb::Back, TableVerb::ToGoal}) {
    undone = {verb, act.cube};
    const Spot place = target_of(scene, before, undone);
    if (verb != act.verb && std::abs(cube.x - place.x) <= scene.config.grip &&
        std::abs(cube.y - place.y) <= scene.config.grip)
      return true;
  }
  return false;
}

Phrase draw_phrase(const TableAct& act, Sentences bank, Random& random) {
  const auto total = static_cast<uint32_t>(forms_of(act).size());
  const uint32_t held_out = total < 10 ? 1 : total / 5;
  if (bank == Sentences::Plain) return {0};
  if (bank == Sentences::Train) return {static_cast<int>(random.below(total - held_out))};
  return {static_cast<int>(total - held_out + random.below(held_out))};
}

std::string sentence(const TableScene& scene, const TableAct& act, Phrase phrase) {
  const Forms& forms = forms_of(act);
  std::string text = forms[static_cast<size_t>(phrase.index) % forms.size()];
  const auto fill = [&](const char* key, const std::string& value) {
    if (const size_t at = text.find(key); at != std::string::npos) text.replace(at, 3, value);
  };
  if (act.cube >= 0) fill("{c}", scene.colour_name(act.cube));
  if (act.other >= 0) fill("{o}", scene.colour_name(act.other));
  fill("{s}", word_of(act.way));
  fill("{d}", cat(act.amount));
  return text;
}

}  // namespace svg::world
