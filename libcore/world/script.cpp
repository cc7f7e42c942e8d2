#include "libcore/world/script.h"

#include <algorithm>
#include <array>
#include <optional>

#include "libcore/base/error.h"
#include "libcore/world/grid_path.h"
#include "libcore/world/retrace.h"
#include "libcore/world/wander.h"

namespace svg::world {
namespace {

constexpr std::array<ScriptInfo, 13> kScripts = {{
    {"walk", "random walk for training", true},
    {"spin", "whole turns on the spot, always the same way round", true},
    {"turn-around", "walk, half a turn, look, the same half turn back", true},
    {"reverse", "out and back facing the same way, by reverse actions", true},
    {"out-and-back", "out, half a turn, return facing forward", true},
    {"loop", "around a cycle, the same heading at closure", true},
    {"aba", "from one room to another and back", false},
    {"abca", "from one room to two others and back", false},
    {"peek", "into a side room and away, again and again", false},
    {"mirror", "a random path, then its exact mirror in time", true},
    {"shifted", "back to a view from 45 degrees off in heading or a step aside", true},
    {"retrace", "a guided walk; the task is to go back the same way", true},
    {"retrace-back", "the same, with the way back: what such tasks are learned from", true},
}};

// What comes before the cycles, and one cycle. A cycle ends at the pose at which it began.
struct Draft {
  Pose start;
  std::vector<Act> prelude{}, cycle{};
  int shifted_at =
      -1;  // chunk of the cycle that looks from a shifted pose at what the prelude's end saw
};
using Drafted = std::optional<Draft>;

// How many chunks may lie between the two visits: log-uniform over 3..47, that is 48 to 752 frames
// of full chunks.
int draw_gap(int budget, Random& random) {
  int octave = 3 << random.below(4);
  return std::min(octave + static_cast<int>(random.below(static_cast<uint32_t>(octave))), budget);
}

struct Studio {
  const Scene& scene;
  const WorldConfig& config;
  Random& random;
  int budget;  // chunks after the first, still one

  // Whether what stays within a room may begin anywhere and look anywhere.
  bool free() const { return config.plain_actions(); }
  Pose start_in_cell() { return middle_of(random_cell(scene, random), random.between(0, 3)); }
  Pose start() { return free() ? random_start(scene, random) : start_in_cell(); }

  // Out from `now`, about `length` chunks: along a straight line or along a way.
  std::vector<Act> outward(Pose& now, int length) {
    if (!free()) return outward_by_cells(now, length);
    std::vector<Act> out(static_cast<size_t>(std::min(length, random.between(1, 4))),
                         {Verb::Forward, config.steps.back()});
    for (const Act& action : out) now = poses_of_chunk(now, action, config, false).back();
    return out;
  }

  std::vector<Act> outward_by_cells(Pose& now, int length) {
    std::vector<Act> out;
    Pose from = now;
    std::vector<int> sides = way(scene, cell_of(now), random_cell(scene, random), random);
    for (;; sides.pop_back()) {
      now = from;
      Random same = random;  // a shorter way says the same about its beginning
      out = follow(scene, sides, now, same);
      if (static_cast<int>(out.size()) <= length || sides.empty()) return out;
    }
  }

  Drafted spin() { return Draft{start(), {}, turn_chunks(config, 360, random.chance(50))}; }

  Drafted turn_around() {
    Draft d{start(), {}, about_turn_chunks(config)};
    if (random.chance(50)) d.cycle = turn_chunks(config, 180, false);
    std::vector<Act> back = undone(d.cycle);
    int spare = budget - 2 * static_cast<int>(back.size());
    if (spare >= 1 && random.chance(50))
      d.prelude = {{Verb::Forward, config.steps[config.steps.size() / 2]}}, --spare;
    if (spare >= 1 && random.chance(50)) d.cycle.push_back({});
    append(d.cycle, back);
    return d;
  }

  Drafted reverse() {
    Draft d{start()};
    Pose now = d.start;
    d.cycle = outward(now, draw_gap(budget, random) / 2);
    if (d.cycle.empty()) return {};
    append(d.cycle, undone(d.cycle));
    return d;
  }

  Drafted out_and_back() {
    Draft d{start()};
    Pose now = d.start;
    int turns = 2 * static_cast<int>(about_turn_chunks(config).size());
    d.cycle = outward(now, std::max(1, (draw_gap(budget, random) - turns) / 2));
    if (d.cycle.empty()) return {};
    if (free()) {
      std::vector<Act> out = d.cycle;
      for (int half = 0; half < 2; ++half) {
        append(d.cycle, about_turn_chunks(config));
        if (half == 0) append(d.cycle, out);
      }
      return d;
    }
    append(d.cycle, follow(scene, way(scene, cell_of(now), cell_of(d.start), random), now, random));
    append(d.cycle, face(config, now, d.start.yaw));
    return d;
  }

  Drafted loop() {
    Draft d{start()};
    if (free()) {
      bool left = random.chance(50);
      int length = random.between(1, 3);
      for (int edge = 0; edge < 4; ++edge) {
        d.cycle.insert(d.cycle.end(), static_cast<size_t>(length),
                       {Verb::Forward, config.steps.back()});
        append(d.cycle, turn_chunks(config, 90, left));
      }
      return d;
    }
    // Out by one side, back to the same cell by another way that goes through corridors.
    Pose now = d.start;
    Cell home = cell_of(now), first = cell_of(moved(now, {.turn = 0, .forward = kCell, .left = 0}));
    if (!scene.is_open(first.x, first.y)) return {};
    int side = now.yaw / (kTurn / 4);
    std::vector<int> sides = way(scene, home, first, random, side);
    // The way from home to its neighbour, walked backwards, starts with the neighbour.
    std::reverse(sides.begin(), sides.end());
    for (int& s : sides) s = (s + 2) % 4;
    sides.insert(sides.begin(), side);
    int corridor = 0;
    for (Cell c = home; int s : sides) {
      c = cell_of(moved(middle_of(c, s), {.turn = 0, .forward = kCell, .left = 0}));
      corridor += !in_room(scene, c);
    }
    if (sides.size() < 8 || corridor < 4) return {};
    d.cycle = follow(scene, sides, now, random);
    append(d.cycle, face(config, now, d.start.yaw));
    return d;
  }

  // A look to one side and back.
  std::vector<Act> look(bool left) {
    std::vector<Act> look = turn_chunks(config, free() ? 45 : 60, left);
    append(look, undone(look));
    return look;
  }

  // From the start's room through `stops` other rooms and back.
  Drafted rooms(int stops) {
    Draft d{start_in_cell()};
    Cell home = cell_of(d.start);
    if (!in_room(scene, home)) return {};
    std::vector<int> seen{scene.room_of[static_cast<size_t>(home.y * scene.cells_w + home.x)]};
    Pose now = d.start;
    while (static_cast<int>(seen.size()) <= stops) {
      Cell next = random_cell(scene, random);
      int room = scene.room_of[static_cast<size_t>(next.y * scene.cells_w + next.x)];
      if (room < 0 || std::find(seen.begin(), seen.end(), room) != seen.end()) continue;
      seen.push_back(room);
      append(d.cycle, follow(scene, way(scene, cell_of(now), next, random), now, random));
      append(d.cycle, look(random.chance(50)));
    }
    append(d.cycle, follow(scene, way(scene, cell_of(now), home, random), now, random));
    append(d.cycle, face(config, now, d.start.yaw));
    return d;
  }

  Drafted peek() {
    Draft d{start_in_cell()};
    Cell door = cell_of(d.start),
         inside = cell_of(moved(d.start, {.turn = 0, .forward = kCell, .left = 0}));
    if (in_room(scene, door) || !scene.is_open(inside.x, inside.y) || !in_room(scene, inside))
      return {};
    Pose now = d.start;
    d.cycle = follow(scene, {now.yaw / (kTurn / 4)}, now, random);
    for (bool left : {true, false}) append(d.cycle, look(left));
    append(d.cycle, follow(scene, {(d.start.yaw / (kTurn / 4) + 2) % 4}, now, random));
    int visits = random.between(2, 4);
    int away = std::max(1, (budget / visits - static_cast<int>(d.cycle.size())) / 2);
    append(d.cycle, outward_by_cells(now, away));
    append(d.cycle, follow(scene, way(scene, cell_of(now), door, random), now, random));
    append(d.cycle, face(config, now, d.start.yaw));
    return d;
  }

  Drafted mirror() {
    size_t half =
        static_cast<size_t>(budget - 1) / 2;  // one chunk is left, to stand still at the end
    Route path = wander(scene, static_cast<int>(half) + 1, random);
    Draft d{path.start};
    d.cycle.assign(path.actions.begin() + 1, path.actions.end());
    append(d.cycle, undone(d.cycle));
    d.cycle.resize(static_cast<size_t>(budget));  // the rest stands still
    return d;
  }

  Drafted shifted() {
    Draft d{start()};
    bool left = random.chance(50), aside = !free() && random.chance(50);
    std::vector<Act> off = turn_chunks(config, 45, left);
    if (aside) off = {{left ? Verb::SideLeft : Verb::SideRight, 1}};
    d.cycle = turn_chunks(config, 180, left);
    append(d.cycle, turn_chunks(config, aside ? 180 : 135, !left));
    if (aside) append(d.cycle, off);
    d.shifted_at = static_cast<int>(d.cycle.size());
    d.cycle.push_back({});
    append(d.cycle, undone(off));
    return d;
  }

  Drafted draft(const std::string& script) {
    if (script == "spin") return spin();
    if (script == "turn-around") return turn_around();
    if (script == "reverse") return reverse();
    if (script == "out-and-back") return out_and_back();
    if (script == "loop") return loop();
    if (script == "aba") return rooms(1);
    if (script == "abca") return rooms(2);
    if (script == "peek") return peek();
    if (script == "mirror") return mirror();
    return shifted();
  }
};

// Still chunk, prelude, cycles; nothing where a pose would leave the floor or the cycle is not
// closed.
std::optional<Route> played(const Scene& scene, const Draft& draft, int chunks) {
  RouteBuilder builder(scene, draft.start);
  builder.add({});
  auto add_all = [&](const std::vector<Act>& actions) {
    for (const Act& action : actions)
      if (builder.chunks() < chunks && !builder.add(action)) return false;
    return true;
  };
  if (!add_all(draft.prelude)) return {};
  Pose home = builder.now();
  int first = builder.chunks() - 1;
  std::vector<std::pair<int, int>> shifted;
  while (builder.chunks() < chunks) {
    int at = builder.chunks() + draft.shifted_at;
    if (draft.shifted_at >= 0 && at < chunks) shifted.push_back({at, first});
    bool whole = builder.chunks() + static_cast<int>(draft.cycle.size()) <= chunks;
    if (!add_all(draft.cycle)) return {};
    require(!whole || builder.now() == home, ErrorKind::Internal,
            "a cycle of a script does not close");
  }
  Route route = builder.route();
  route.shifted = shifted;
  return route;
}

}  // namespace

std::span<const ScriptInfo> all_scripts() {
  return kScripts;
}

Route make_route(const Scene& scene, const std::string& script, int chunks, Random& random) {
  const WorldConfig& config = scene.config;
  const ScriptInfo* info = nullptr;
  for (const ScriptInfo& s : kScripts)
    if (script == s.name) info = &s;
  require(info, ErrorKind::Usage, "unknown script ", script, ": svg-world list names them");
  require(info->one_room || !config.one_room(), ErrorKind::Usage, "script ", script,
          " leads through several rooms: the profile ", name_of(config.profile),
          " has one; take --profile full or view");
  if (script == "walk") return wander(scene, chunks, random);
  if (script == "retrace-back") return there_and_back_route(scene, chunks, random);
  if (script == "retrace") return retrace_route(scene, chunks, random);
  int shortest = 1 << 20;
  for (int attempt = 0; attempt < 3000; ++attempt) {
    Drafted draft = Studio{scene, config, random, chunks - 1}.draft(script);
    if (!draft || draft->cycle.empty()) continue;
    int needed = 1 + static_cast<int>(draft->prelude.size() +
                                      (draft->shifted_at < 0 ? draft->cycle.size()
                                                             : draft->shifted_at + size_t{1}));
    shortest = std::min(shortest, needed);
    if (needed > chunks) continue;
    if (std::optional<Route> route = played(scene, *draft, chunks)) return *route;
  }
  require(shortest <= chunks, ErrorKind::Usage, "script ", script, " does not fit into ", chunks,
          " chunks",
          shortest < 1 << 20 ? cat(": it needs about ", shortest, " here")
                             : cat(" in geometry ", scene.geometry_seed, ": try another"));
  fail(ErrorKind::Usage, "script ", script, ": no way for it in geometry ", scene.geometry_seed,
       ": try another");
}

}  // namespace svg::world
