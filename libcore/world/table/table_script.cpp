#include "libcore/world/table/table_script.h"

#include <algorithm>
#include <cstdlib>

namespace svg::world {
namespace {

constexpr TableScriptInfo kScripts[] = {
    {"play", "cubes pushed, picked up, carried, put back; the camera circles"},
    {"fumble", "play with a still camera in which every other chunk moves and grips at random"},
    {"orbit", "the camera goes around the table, then around again"},
    {"cubes",
     "all cubes to the green area, back to their places, the second to the first one's slot"},
    {"cubes-shown", "cubes, of whose task the first part is shown: all are on the green area"},
    {"cubes-back", "cubes are pushed about, then each is put back where it was"},
};

// Grows a route, and refuses chunks in which something bumps, or that do not do what they say.
class Builder {
 public:
  explicit Builder(const TableScene& scene) : scene_(scene), now_(start_of(scene)) {}

  bool add(const TableAct& act) {
    TableState state = now_;
    for (int i = acts_.empty() ? 1 : 0; i < scene_.config.frames; ++i)
      if (advance(scene_, state, motion_of(scene_, state, act, i))) return false;
    if (!does(act, state)) return false;
    acts_.push_back(act);
    now_ = state;
    return true;
  }
  void must(const TableAct& act) {
    require(add(act), ErrorKind::Internal, "geometry ", scene_.geometry_seed,
            ": a chunk of the script is not possible: ", to_json(scene_, act).dump());
  }
  const TableState& now() const { return now_; }
  int chunks() const { return static_cast<int>(acts_.size()); }
  std::vector<TableAct> take() { return std::move(acts_); }

 private:
  bool does(const TableAct& act, const TableState& after) const {
    switch (act.verb) {
      case TableVerb::Push: {
        const CubeState &a = now_.cubes[static_cast<size_t>(act.cube)],
                        &b = after.cubes[static_cast<size_t>(act.cube)];
        return after.held < 0 && (a.x != b.x || a.y != b.y);
      }
      case TableVerb::PickUp:
        return after.held == act.cube;
      case TableVerb::Drop:
        return after.held < 0 && after.cubes[static_cast<size_t>(act.cube)].z == 0;
      default:
        return true;
    }
  }

  const TableScene& scene_;
  TableState now_;
  std::vector<TableAct> acts_;
};

bool displaced(const TableScene& scene, const TableState& state, int cube) {
  const CubeState& at = state.cubes[static_cast<size_t>(cube)];
  const Spot& from = scene.start[static_cast<size_t>(cube)];
  return std::max(std::abs(at.x - from.x), std::abs(at.y - from.y)) > scene.config.side / 2;
}

Way any_way(Random& random) {
  return static_cast<Way>(random.below(4));
}

// One thing that could be done now; it may turn out to be impossible.
TableAct any_act(const TableScene& scene, const TableState& now, Random& random) {
  const int percent = static_cast<int>(random.below(100));
  const int turn =
      scene.config.turns[random.below(static_cast<uint32_t>(scene.config.turns.size()))];
  if (percent < 6) return {TableVerb::Stay};
  if (percent < 20)
    return {random.chance(50) ? TableVerb::OrbitLeft : TableVerb::OrbitRight, -1, Way::Left, turn};
  if (now.held >= 0) {
    const int cube = now.held;
    const bool back = displaced(scene, now, cube);
    if (percent < 50) return {TableVerb::Drop, cube};
    if (percent < 65) return {TableVerb::Carry, cube, any_way(random)};
    if (percent < 85 && back) return {TableVerb::Back, cube};
    return {TableVerb::ToGoal, cube};
  }
  const int under = cube_under(scene, now);
  if (under >= 0 && percent < 55) return {TableVerb::Push, under, any_way(random)};
  if (under >= 0 && percent < 80) return {TableVerb::PickUp, under};
  if (percent < 88)
    return {TableVerb::MoveTo,
            static_cast<int>(random.below(static_cast<uint32_t>(scene.cubes())))};
  return {TableVerb::Rest};
}

bool add_any(const TableScene& scene, Builder& b, const TableAct& act) {
  const bool idle = act.verb == TableVerb::MoveTo && cube_under(scene, b.now()) == act.cube;
  return !idle && b.add(act);
}

void play(const TableScene& scene, Builder& b, int chunks, Random& random) {
  while (b.chunks() < chunks) add_any(scene, b, any_act(scene, b.now(), random));
}

// As a plan does that is not followed well: half of the chunks do something else than was meant.
void fumble(const TableScene& scene, Builder& b, int chunks, Random& random) {
  while (b.chunks() < chunks) {
    TableAct act = any_act(scene, b.now(), random);
    if (act.amount > 0) continue;  // the camera stands still
    if (random.chance(50)) act = {.verb = TableVerb::Fumble, .seed = random.between(1, 1 << 30)};
    add_any(scene, b, act);
  }
}

void orbit(const TableScene& scene, Builder& b, int chunks) {
  while (b.chunks() < chunks)
    b.must({TableVerb::OrbitRight, -1, Way::Left, scene.config.turns.back()});
}

// A cube to where the verb says: four chunks.
void take(Builder& b, const TableAct& where) {
  b.must({TableVerb::MoveTo, where.cube});
  b.must({TableVerb::PickUp, where.cube});
  b.must(where);
  b.must({TableVerb::Drop, where.cube});
}

TablePhase phase_of(const TableScene& scene, const Builder& b, int first) {
  TablePhase phase{first, b.chunks(), {}};
  for (int i = 0; i < scene.cubes(); ++i) {
    const CubeState& cube = b.now().cubes[static_cast<size_t>(i)];
    phase.targets.push_back({cube.x, cube.y});
  }
  return phase;
}

void cubes(const TableScene& scene, Builder& b, TableRoute& route) {
  int first = b.chunks();
  const auto end_of_phase = [&] {
    b.must({TableVerb::Rest});
    route.phases.push_back(phase_of(scene, b, first));
    first = b.chunks();
  };
  for (int i = 0; i < scene.cubes(); ++i) take(b, {TableVerb::ToGoal, i});
  end_of_phase();
  for (int i = 0; i < scene.cubes(); ++i) take(b, {TableVerb::Back, i});
  end_of_phase();
  take(b, {TableVerb::WhereWas, 1, Way::Left, 0, 0});
  end_of_phase();
  route.goal_text = cat("move all cubes to the green area, then back to their places, then the ",
                        scene.colour_name(1), " cube to where the ", scene.colour_name(0),
                        " cube was on the green area");
}

// What has to be known for the rest was seen once, and undoing what was done is not all of it.
void cubes_shown(const TableScene& scene, Builder& b, TableRoute& route) {
  cubes(scene, b, route);
  route.phases.erase(route.phases.begin());
  route.goal_text = cat("put the cubes back to their places, then the ", scene.colour_name(1),
                        " cube to where the ", scene.colour_name(0), " cube was on the green area");
}

void cubes_back(const TableScene& scene, Builder& b, TableRoute& route, Random& random) {
  std::vector<int> moved;
  for (int attempt = 0; attempt < 60 && static_cast<int>(moved.size()) < scene.cubes(); ++attempt) {
    const int cube = static_cast<int>(moved.size());
    if (cube_under(scene, b.now()) != cube) b.must({TableVerb::MoveTo, cube});
    for (int way = 0; way < 12; ++way)
      if (b.add({TableVerb::Push, cube, any_way(random)})) break;
    require(displaced(scene, b.now(), cube), ErrorKind::Usage, "geometry ", scene.geometry_seed,
            ": the ", scene.colour_name(cube), " cube cannot be pushed anywhere");
    moved.push_back(cube);
  }
  b.must({TableVerb::Rest});
  const int first = b.chunks();
  // The last first: where it came from is free.
  for (size_t i = moved.size(); i-- > 0;) take(b, {TableVerb::Back, moved[i]});
  b.must({TableVerb::Rest});
  route.phases.push_back(phase_of(scene, b, first));
  route.goal_text = "put everything back";
}

}  // namespace

std::span<const TableScriptInfo> all_table_scripts() {
  return kScripts;
}

TableRoute make_table_route(const TableScene& scene, const std::string& script, int chunks,
                            Random& random) {
  TableRoute route;
  Builder b(scene);
  b.must({TableVerb::Stay});
  if (script == "play") play(scene, b, chunks, random);
  else if (script == "fumble") fumble(scene, b, chunks, random);
  else if (script == "orbit") orbit(scene, b, chunks);
  else if (script == "cubes") cubes(scene, b, route);
  else if (script == "cubes-shown") cubes_shown(scene, b, route);
  else if (script == "cubes-back") cubes_back(scene, b, route, random);
  else
    fail(ErrorKind::Usage, "unknown script ", script,
         ": the table has play, fumble, orbit, cubes, cubes-shown and cubes-back");
  require(b.chunks() <= chunks, ErrorKind::Usage, script, " takes ", b.chunks(), " chunks with ",
          scene.cubes(), " cubes, more than ", chunks);
  while (b.chunks() < chunks) b.must({TableVerb::Stay});
  route.acts = b.take();
  return route;
}

}  // namespace svg::world
