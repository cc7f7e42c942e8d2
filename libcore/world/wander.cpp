#include "libcore/world/wander.h"

#include "libcore/world/grid_path.h"

namespace svg::world {
namespace {

int any_of(const std::vector<int>& choices, Random& random) {
  return choices[random.below(static_cast<uint32_t>(choices.size()))];
}

Act random_action(const WorldConfig& config, Random& random) {
  uint32_t draw = random.below(100);
  if (draw < 30) return {Verb::TurnLeft, any_of(config.turns, random)};
  if (draw < 60) return {Verb::TurnRight, any_of(config.turns, random)};
  if (draw < 75) return {Verb::Forward, any_of(config.steps, random)};
  if (draw < 90) return {Verb::Back, any_of(config.steps, random)};
  return {};
}

// How many chunks one action goes on: mostly short, sometimes a half or a full turn.
int run_length(const Act& action, Random& random) {
  if (action.verb == Verb::Stay) return 1;
  uint32_t draw = random.below(100);
  return draw < 40 ? 1 : draw < 65 ? 2 : draw < 80 ? 3 : draw < 92 ? 4 : 8;
}

// One idea of a walk in the maze, from a cell middle to a cell middle; `now` becomes the pose at
// its end.
std::vector<Act> maze_idea(const Scene& scene, Pose& now, Random& random) {
  const WorldConfig& config = scene.config;
  uint32_t draw = random.below(100);
  auto there_and_back = [](std::vector<Act> there) {
    append(there, undone(there));
    return there;
  };
  if (draw < 50) {
    std::vector<int> sides = way(scene, cell_of(now), random_cell(scene, random), random);
    if (sides.size() > 6) sides.resize(6);
    Pose start = now;
    std::vector<Act> actions = follow(scene, sides, now, random);
    if (!random.chance(25)) return actions;
    now = start;
    return there_and_back(actions);
  }
  if (draw < 70)
    return there_and_back(
        {{random.chance(50) ? Verb::TurnLeft : Verb::TurnRight, any_of(config.turns, random)}});
  if (draw < 78) return turn_chunks(config, 360, random.chance(50));
  if (draw < 84) return face(config, now, now.yaw + kTurn / 4 * random.between(1, 3));
  if (draw < 94) {
    int sides = config.plain_actions() ? 0 : 2;  // which follow forward and back
    Verb verb = static_cast<Verb>(static_cast<int>(Verb::Forward) + random.between(0, 1 + sides));
    return there_and_back({{verb, random.between(config.steps.front(), config.steps.back())}});
  }
  return {{}};
}

}  // namespace

Route wander_in_room(const Scene& scene, int chunks, Random& random) {
  RouteBuilder builder(scene, random_start(scene, random));
  while (builder.chunks() < chunks) {
    std::vector<Act> actions;
    for (int runs = random.between(1, 2); runs > 0; --runs) {
      Act action = random_action(scene.config, random);
      actions.insert(actions.end(), static_cast<size_t>(run_length(action, random)), action);
    }
    bool and_back = random.chance(40);
    std::vector<Act> gone;
    for (const Act& action : actions) {
      if (builder.chunks() == chunks || !builder.add(action))
        break;  // a wall ahead: the rest of this idea is dropped
      gone.push_back(action);
    }
    if (!and_back) continue;
    for (const Act& action : undone(gone))
      if (builder.chunks() == chunks || !builder.add(action)) break;
  }
  return builder.route();
}

Route wander(const Scene& scene, int chunks, Random& random) {
  bool freely = scene.config.profile == Profile::View ? random.chance(50) : scene.config.one_room();
  return freely ? wander_in_room(scene, chunks, random) : wander_in_maze(scene, chunks, random);
}

Route wander_in_maze(const Scene& scene, int chunks, Random& random) {
  // The camera stands still in chunk 0, so that later chunks move from cell middle to cell middle.
  Pose start = middle_of(random_cell(scene, random), random.between(0, 3));
  RouteBuilder builder(scene, start);
  builder.add({});
  while (builder.chunks() < chunks) {
    Pose now = builder.now();
    std::vector<Act> idea = maze_idea(scene, now, random);
    RouteBuilder trial = builder;
    bool legal = true;
    for (const Act& action : idea) legal = legal && trial.add(action);
    if (!legal) continue;
    for (const Act& action : idea)
      if (builder.chunks() < chunks) builder.add(action);
  }
  return builder.route();
}

}  // namespace svg::world
