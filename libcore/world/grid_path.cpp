#include "libcore/world/grid_path.h"

#include <algorithm>
#include <array>
#include <queue>

#include "libcore/base/error.h"

namespace svg::world {
namespace {

constexpr int kStepX[] = {1, 0, -1, 0}, kStepY[] = {0, 1, 0, -1};

size_t index_of(const Scene& scene, const Cell& c) {
  return static_cast<size_t>(c.y * scene.cells_w + c.x);
}
Cell beside(const Cell& c, int side) {
  return {c.x + kStepX[side], c.y + kStepY[side]};
}

// `steps` as chunks, the largest amounts first.
void walk(const WorldConfig& config, int steps, std::vector<Act>& out) {
  while (steps > 0) {
    int amount = 0;
    for (int a : config.steps)
      if (a <= steps) amount = a;
    require(amount > 0, ErrorKind::Internal, "no chunks add up to ", steps, " steps");
    out.push_back({Verb::Forward, amount});
    steps -= amount;
  }
}

}  // namespace

Cell cell_of(const Pose& pose) {
  return {pose.x >> 16, pose.y >> 16};
}

Pose middle_of(const Cell& cell, int side) {
  return {cell.x * kCell + kCell / 2, cell.y * kCell + kCell / 2, side * (kTurn / 4)};
}

Cell random_cell(const Scene& scene, Random& random) {
  std::vector<Cell> open;
  for (int y = 0; y < scene.cells_h; ++y)
    for (int x = 0; x < scene.cells_w; ++x)
      if (scene.is_open(x, y)) open.push_back({x, y});
  return open[random.below(static_cast<uint32_t>(open.size()))];
}

bool in_room(const Scene& scene, const Cell& cell) {
  return scene.room_of[index_of(scene, cell)] >= 0;
}

std::vector<int> way(const Scene& scene, const Cell& from, const Cell& to, Random& random,
                     int avoid_first) {
  // Distances from the end, then downhill from the start; among equal neighbours one is drawn.
  constexpr int kFar = 1 << 20;
  std::vector<int> distance(scene.open.size(), kFar);
  std::queue<Cell> queue;
  distance[index_of(scene, to)] = 0;
  queue.push(to);
  Cell shut = avoid_first >= 0 ? beside(from, avoid_first) : Cell{-1, -1};
  auto passable = [&](const Cell& a, const Cell& b) {
    return scene.is_open(b.x, b.y) && !((a == from && b == shut) || (a == shut && b == from));
  };
  while (!queue.empty()) {
    Cell c = queue.front();
    queue.pop();
    for (int side = 0; side < 4; ++side) {
      Cell next = beside(c, side);
      if (!passable(c, next) || distance[index_of(scene, next)] != kFar) continue;
      distance[index_of(scene, next)] = distance[index_of(scene, c)] + 1;
      queue.push(next);
    }
  }
  std::vector<int> sides;
  if (distance[index_of(scene, from)] >= kFar) return sides;
  for (Cell c = from; !(c == to);) {
    std::vector<int> downhill;
    for (int side = 0; side < 4; ++side) {
      Cell next = beside(c, side);
      if (passable(c, next) && distance[index_of(scene, next)] < distance[index_of(scene, c)])
        downhill.push_back(side);
    }
    sides.push_back(downhill[random.below(static_cast<uint32_t>(downhill.size()))]);
    c = beside(c, sides.back());
  }
  return sides;
}

std::vector<Act> face(const WorldConfig& config, Pose& now, int yaw) {
  int turn = wrap_angle(yaw - now.yaw);
  now.yaw = wrap_angle(yaw);
  if (turn == 0) return {};
  if (turn == kTurn / 2) return about_turn_chunks(config);
  return turn == kTurn / 4 ? turn_chunks(config, 90, true) : turn_chunks(config, 90, false);
}

std::vector<Act> follow(const Scene& scene, const std::vector<int>& sides, Pose& now,
                        Random& random) {
  std::vector<Act> out;
  int run = 0;  // steps not yet written
  for (int side : sides) {
    if (now.yaw != side * (kTurn / 4)) {
      walk(scene.config, run, out);
      run = 0;
      append(out, face(scene.config, now, side * (kTurn / 4)));
    }
    Cell here = cell_of(now), next = beside(here, side);
    now = middle_of(next, side);
    bool enters = in_room(scene, next) && !in_room(scene, here);
    if (enters && !scene.config.plain_actions() && random.chance(50)) {
      walk(scene.config, run, out);
      run = 0;
      int tint = scene.rooms[static_cast<size_t>(scene.room_of[index_of(scene, next)])].tint;
      out.push_back({Verb::Forward, scene.config.cell_steps(), 0, 0,
                     scene.bank->tints[static_cast<size_t>(tint)].name + " room"});
    } else {
      run += scene.config.cell_steps();
    }
  }
  walk(scene.config, run, out);
  return out;
}

}  // namespace svg::world
