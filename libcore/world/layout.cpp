#include "libcore/world/layout.h"

#include <algorithm>
#include <queue>
#include <string>

#include "libcore/base/error.h"
#include "libcore/world/random.h"

namespace svg::world {
namespace {

constexpr int kStepX[] = {1, 0, -1, 0}, kStepY[] = {0, 1, 0, -1};
constexpr int kMazeCells = 15, kLongestCorridor = 6;

size_t index_of(const Scene& scene, int x, int y) {
  return static_cast<size_t>(y) * static_cast<size_t>(scene.cells_w) + static_cast<size_t>(x);
}

void allocate(Scene& scene, int w, int h) {
  scene.cells_w = w;
  scene.cells_h = h;
  scene.open.assign(static_cast<size_t>(w) * static_cast<size_t>(h), 0);
  scene.room_of.assign(scene.open.size(), -1);
  scene.rooms.clear();
  scene.pillars.clear();
}

void carve(Scene& scene, const Room& room) {
  int8_t index = static_cast<int8_t>(scene.rooms.size());
  for (int y = room.y; y < room.y + room.h; ++y)
    for (int x = room.x; x < room.x + room.w; ++x) {
      scene.open[index_of(scene, x, y)] = 1;
      scene.room_of[index_of(scene, x, y)] = index;
    }
  scene.rooms.push_back(room);
}

// One closed room of 2-3 x 2-3 cells inside a border of walls; held out for ood: one side of 4
// cells.
void lay_out_room(Scene& scene, bool held_out) {
  Random random = Random(scene.geometry_seed).fork("layout");
  int w = random.between(2, 3), h = random.between(2, 3);
  if (held_out) (random.chance(50) ? w : h) = 4;
  allocate(scene, w + 2, h + 2);
  carve(scene, {1, 1, w, h, -1});
}

// ---- the full maze: rooms first, then corridors one cell wide between them ----

bool place_rooms(Scene& scene, Random& random) {
  int wanted = random.between(3, 6);
  for (int attempt = 0; attempt < 60 && static_cast<int>(scene.rooms.size()) < wanted; ++attempt) {
    Room room{0, 0, random.between(2, 4), random.between(2, 4), -1};
    room.x = random.between(1, kMazeCells - 1 - room.w);
    room.y = random.between(1, kMazeCells - 1 - room.h);
    bool free = true;  // three cells apart, so that a corridor with its walls fits between
    for (const Room& other : scene.rooms)
      free &= room.x >= other.x + other.w + 3 || other.x >= room.x + room.w + 3 ||
              room.y >= other.y + other.h + 3 || other.y >= room.y + room.h + 3;
    if (free) carve(scene, room);
  }
  return scene.rooms.size() >= 3;
}

bool inside(int x, int y) {
  return x >= 1 && y >= 1 && x < kMazeCells - 1 && y < kMazeCells - 1;
}

// The room that a solid cell touches with one side, -1 for none, -2 where it touches with several.
int touched_room(const Scene& scene, int x, int y) {
  int found = -1, touches = 0;
  for (int side = 0; side < 4; ++side)
    if (int room = scene.room_of[index_of(scene, x + kStepX[side], y + kStepY[side])]; room >= 0)
      found = room, ++touches;
  return touches > 1 ? -2 : found;
}

// A corridor from room `a` to room `b` along the cheapest way; every cell has a random price, so
// that ways bend.
bool connect(Scene& scene, int a, int b, const std::vector<int>& price) {
  const size_t cells = scene.open.size();
  std::vector<int> cost(cells, 1 << 30), from(cells, -1);
  using Entry = std::pair<int, size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  auto enter = [&](int x, int y, int from_cell, int so_far) {
    size_t cell = index_of(scene, x, y);
    int next = so_far + (scene.open[cell] ? 2 : price[cell]);
    if (next >= cost[cell]) return;
    cost[cell] = next;
    from[cell] = from_cell;
    open.push({next, cell});
  };
  for (int y = 1; y < kMazeCells - 1; ++y)
    for (int x = 1; x < kMazeCells - 1; ++x)
      if (scene.room_of[index_of(scene, x, y)] < 0 && touched_room(scene, x, y) == a)
        enter(x, y, -1, 0);
  while (!open.empty()) {
    auto [so_far, cell] = open.top();
    open.pop();
    if (so_far > cost[cell]) continue;
    int x = static_cast<int>(cell) % scene.cells_w, y = static_cast<int>(cell) / scene.cells_w;
    if (touched_room(scene, x, y) == b) {
      for (int at = static_cast<int>(cell); at >= 0; at = from[static_cast<size_t>(at)])
        scene.open[static_cast<size_t>(at)] = 1;
      return true;
    }
    for (int side = 0; side < 4; ++side) {
      int nx = x + kStepX[side], ny = y + kStepY[side];
      if (!inside(nx, ny) || scene.room_of[index_of(scene, nx, ny)] >= 0) continue;
      int touched = touched_room(scene, nx, ny);
      // Beside a room only as a door: at the end of the way, or where a corridor is already.
      if (touched == -2 || (touched >= 0 && touched != b && !scene.open[index_of(scene, nx, ny)]))
        continue;
      enter(nx, ny, static_cast<int>(cell), so_far);
    }
  }
  return false;
}

// One cell wide: no 2x2 block of open cells that is not all room, and no straight run of corridor
// beyond the longest.
bool corridors_are_narrow(const Scene& scene) {
  auto corridor = [&](int x, int y) {
    return scene.is_open(x, y) && scene.room_of[index_of(scene, x, y)] < 0;
  };
  for (int y = 1; y < kMazeCells - 1; ++y)
    for (int x = 1; x < kMazeCells - 1; ++x) {
      bool block = scene.is_open(x, y) && scene.is_open(x + 1, y) && scene.is_open(x, y + 1) &&
                   scene.is_open(x + 1, y + 1);
      if (block &&
          (corridor(x, y) || corridor(x + 1, y) || corridor(x, y + 1) || corridor(x + 1, y + 1)))
        return false;
      for (int side = 0; side < 2; ++side) {
        int run = 0;
        while (corridor(x + run * kStepX[side], y + run * kStepY[side])) ++run;
        if (run > kLongestCorridor) return false;
      }
    }
  return true;
}

// Independent cycles of the graph whose nodes are rooms and corridor cells; -1 where it is not
// connected.
int cycles_of(const Scene& scene) {
  auto node_of = [&](int x, int y) {
    int room = scene.room_of[index_of(scene, x, y)];
    return room >= 0 ? index_of(scene, scene.rooms[static_cast<size_t>(room)].x,
                                scene.rooms[static_cast<size_t>(room)].y)
                     : index_of(scene, x, y);
  };
  std::vector<size_t> parent(scene.open.size());
  for (size_t i = 0; i < parent.size(); ++i) parent[i] = i;
  auto root = [&](size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  int nodes = 0, edges = 0;
  for (int y = 1; y < kMazeCells - 1; ++y)
    for (int x = 1; x < kMazeCells - 1; ++x) {
      if (!scene.is_open(x, y)) continue;
      size_t here = node_of(x, y);
      if (here == index_of(scene, x, y)) ++nodes;
      for (int side = 0; side < 2; ++side)
        if (int nx = x + kStepX[side], ny = y + kStepY[side];
            scene.is_open(nx, ny) && node_of(nx, ny) != here) {
          ++edges;
          parent[root(here)] = root(node_of(nx, ny));
        }
    }
  int parts = 0;
  for (int y = 1; y < kMazeCells - 1; ++y)
    for (int x = 1; x < kMazeCells - 1; ++x)
      if (size_t cell = index_of(scene, x, y);
          scene.is_open(x, y) && node_of(x, y) == cell && root(cell) == cell)
        ++parts;
  return parts == 1 ? edges - nodes + 1 : -1;
}

// ---- view: rooms of 3 to 5 cells a side that share doors or open corners ----

constexpr int kViewCells = 19;

Room random_view_room(Random& random, bool held_out) {
  Room room{0, 0, random.between(3, 5), random.between(3, 5), -1};
  if (held_out) (random.chance(50) ? room.w : room.h) = 6;
  return room;
}

// Whether `room` lies inside the border and no open cell is in it or touches it, but those of room
// `but`.
bool is_free_for(const Scene& scene, const Room& room, int but) {
  if (room.x < 1 || room.y < 1 || room.x + room.w > kViewCells - 1 ||
      room.y + room.h > kViewCells - 1)
    return false;
  for (int y = room.y - 1; y <= room.y + room.h; ++y)
    for (int x = room.x - 1; x <= room.x + room.w; ++x)
      if (scene.is_open(x, y) && scene.room_of[index_of(scene, x, y)] != but) return false;
  return true;
}

// A room behind one side of room `a`, and a door one cell wide in the wall between.
bool add_behind_door(Scene& scene, size_t a, Room room, Random& random) {
  const Room old = scene.rooms[a];
  int side = random.between(0, 3);
  bool along_x = side % 2 == 0;
  int first = along_x ? old.y : old.x, count = along_x ? old.h : old.w;
  int size = along_x ? room.h : room.w;
  int start = random.between(first - size + 1, first + count - 1);
  (along_x ? room.y : room.x) = start;
  if (side == 0) room.x = old.x + old.w + 1;
  if (side == 1) room.y = old.y + old.h + 1;
  if (side == 2) room.x = old.x - room.w - 1;
  if (side == 3) room.y = old.y - room.h - 1;
  if (!is_free_for(scene, room, -2)) return false;
  carve(scene, room);
  int at = random.between(std::max(first, start), std::min(first + count, start + size) - 1);
  int wall = side == 0   ? old.x + old.w
             : side == 1 ? old.y + old.h
             : side == 2 ? old.x - 1
                         : old.y - 1;
  scene.open[along_x ? index_of(scene, wall, at) : index_of(scene, at, wall)] = 1;
  return true;
}

// A room that shares one cell at a corner, or 2x2 of them, with room `a`.
bool add_at_corner(Scene& scene, size_t a, Room room, Random& random) {
  const Room& old = scene.rooms[a];
  int shared = random.between(1, 2);
  room.x = random.chance(50) ? old.x + old.w - shared : old.x - room.w + shared;
  room.y = random.chance(50) ? old.y + old.h - shared : old.y - room.h + shared;
  if (!is_free_for(scene, room, static_cast<int>(a))) return false;
  carve(scene, room);
  return true;
}

// A further door between every second pair of rooms that have a wall one cell thick in common:
// ways may then close to a circle.
void add_doors(Scene& scene, Random& random) {
  for (int side = 0; side < 2; ++side)
    for (size_t a = 0; a < scene.rooms.size(); ++a)
      for (size_t b = 0; b < scene.rooms.size(); ++b) {
        std::vector<size_t> walls;
        bool joined = false;
        for (int y = 1; y < kViewCells - 1; ++y)
          for (int x = 1; x < kViewCells - 1; ++x) {
            int before = scene.room_of[index_of(scene, x - kStepX[side], y - kStepY[side])];
            int behind = scene.room_of[index_of(scene, x + kStepX[side], y + kStepY[side])];
            if (a == b || before != static_cast<int>(a) || behind != static_cast<int>(b)) continue;
            joined |= scene.is_open(x, y);
            walls.push_back(index_of(scene, x, y));
          }
        if (walls.empty() || joined || random.chance(50)) continue;
        scene.open[walls[random.below(static_cast<uint32_t>(walls.size()))]] = 1;
      }
}

void place_pillars(Scene& scene, Random& random) {
  std::vector<std::pair<int, int>> spots;  // where four cells of a room meet: no way between cell
                                           // middles passes nearer than half a cell
  for (const Room& room : scene.rooms)
    for (int y = room.y + 1; y < room.y + room.h; ++y)
      for (int x = room.x + 1; x < room.x + room.w; ++x) spots.push_back({x, y});
  int wanted = std::min(random.between(2, 4), static_cast<int>(spots.size()));
  for (int i = 0; i < wanted; ++i) {
    size_t pick = random.below(static_cast<uint32_t>(spots.size()));
    scene.pillars.push_back({spots[pick].first, spots[pick].second, 0, 0});
    spots.erase(spots.begin() + static_cast<std::ptrdiff_t>(pick));
  }
}

// Train, val and test have one or two cycles; held out for ood: three or more.
void lay_out_maze(Scene& scene, bool held_out) {
  Random random = Random(scene.geometry_seed).fork("layout");
  for (int attempt = 0; attempt < 20000; ++attempt) {
    allocate(scene, kMazeCells, kMazeCells);
    if (!place_rooms(scene, random)) continue;
    int rooms = static_cast<int>(scene.rooms.size());
    bool ok = true;
    auto join = [&](int a, int b) {
      std::vector<int> price(scene.open.size());
      for (int& p : price) p = random.between(1, 9);
      ok = ok && connect(scene, a, b, price);
    };
    for (int i = 1; i < rooms; ++i)
      join(static_cast<int>(random.below(static_cast<uint32_t>(i))), i);
    for (int extra = held_out ? random.between(3, 4) : random.between(1, 2); extra > 0; --extra) {
      int a = static_cast<int>(random.below(static_cast<uint32_t>(rooms)));
      join(a, (a + random.between(1, rooms - 1)) % rooms);
    }
    if (!ok || !corridors_are_narrow(scene)) continue;
    int cycles = cycles_of(scene);
    if (held_out ? cycles < 3 : cycles < 1 || cycles > 2) continue;
    place_pillars(scene, random);
    return;
  }
  fail(ErrorKind::Internal, "geometry ", scene.geometry_seed, ": no layout found");
}

// Three to five rooms. Held out for ood: one side of 6 cells.
void lay_out_view(Scene& scene, bool held_out) {
  Random random = Random(scene.geometry_seed).fork("layout");
  int wanted = random.between(3, 5);
  for (int attempt = 0; attempt < 200; ++attempt) {
    allocate(scene, kViewCells, kViewCells);
    Room first = random_view_room(random, held_out);
    first.x = random.between(1, kViewCells - 1 - first.w);
    first.y = random.between(1, kViewCells - 1 - first.h);
    carve(scene, first);
    for (int tries = 0; tries < 200 && static_cast<int>(scene.rooms.size()) < wanted; ++tries) {
      Room room = random_view_room(random, held_out);
      size_t a = random.below(static_cast<uint32_t>(scene.rooms.size()));
      if (random.chance(70)) add_behind_door(scene, a, room, random);
      else add_at_corner(scene, a, room, random);
    }
    if (static_cast<int>(scene.rooms.size()) < wanted) continue;
    add_doors(scene, random);
    place_pillars(scene, random);
    return;
  }
  fail(ErrorKind::Internal, "geometry ", scene.geometry_seed, ": no layout found");
}

}  // namespace

void lay_out(Scene& scene) {
  bool held_out = seed_range(scene.geometry_seed).split == std::string("ood");
  if (scene.config.one_room()) lay_out_room(scene, held_out);
  else if (scene.config.profile == Profile::View) lay_out_view(scene, held_out);
  else lay_out_maze(scene, held_out);
}

}  // namespace svg::world
