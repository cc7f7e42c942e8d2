#include "libcore/world/table/table_config.h"

#include <tuple>

#include "libcore/base/error.h"
#include "libcore/world/angle.h"

namespace svg::world {
namespace {

constexpr int32_t hundredths(int n) {
  return (kCell * n + 50) / 100;
}

TableConfig full_table() {
  TableConfig c;
  c.turns = {15, 30, 45, 60};
  c.side = hundredths(10);
  c.goal = hundredths(30);
  c.slot = hundredths(7);
  c.apart = hundredths(20);
  c.push = hundredths(20);
  c.high = hundredths(24);
  c.gripper = hundredths(4);
  c.grip = c.side / 4;
  c.max_cubes = 4;
  c.reach = 0.06;
  c.lift = 0.04;
  c.turn = 4;
  return c;
}

TableConfig tiny_table() {
  TableConfig c;
  c.profile = Profile::Tiny;
  c.width = c.height = 32;
  c.frames = 4;
  c.turns = {45};
  c.side = hundredths(20);
  c.goal = hundredths(50);
  c.slot = hundredths(12);
  c.apart = hundredths(28);
  c.push = hundredths(28);
  c.high = hundredths(44);
  c.gripper = hundredths(10);
  c.grip = c.side / 2;  // a quarter would be one pixel
  c.min_cubes = 2;
  c.reach = 0.25;
  c.lift = 0.25;
  c.turn = 15;
  return c;
}

}  // namespace

TableConfig make_table_config(const ConfigChoice& choice) {
  require(choice.profile == "full" || choice.profile == "tiny", ErrorKind::Usage, "profile ",
          choice.profile, ": the table has full and tiny");
  TableConfig c = choice.profile == "full" ? full_table() : tiny_table();
  const bool full = c.profile == Profile::Full;
  for (auto [wanted, own, name] : {std::tuple{choice.width, &c.width, "width"},
                                   std::tuple{choice.height, &c.height, "height"}}) {
    if (wanted == 0 || wanted == *own) continue;
    require(full && wanted >= 32 && wanted <= 256 && wanted % 8 == 0, ErrorKind::Usage, name, " ",
            wanted,
            full ? ": expected a multiple of 8 from 32 to 256" : ": the tiny table is 32x32");
    *own = wanted;
  }
  if (choice.frames && choice.frames != c.frames) {
    require(full && choice.frames == 8, ErrorKind::Usage, "chunks of ", choice.frames,
            " frames: the table has ", full ? "8 or 16" : "4");
    c.frames = choice.frames;
    c.reach *= 2, c.lift *= 2, c.turn *= 2;
  }
  if (choice.max_turn > 0) {
    std::vector<int> allowed;
    for (int degrees : c.turns)
      if (degrees <= choice.max_turn * c.frames) allowed.push_back(degrees);
    require(!allowed.empty(), ErrorKind::Usage, "at most ", choice.max_turn,
            " degrees a frame: the table turns by ", c.turns.front(), " degrees in ", c.frames,
            " frames at least");
    c.turns = allowed;
  }
  return c;
}

std::string config_digest(const TableConfig& c) {
  std::string all =
      cat(kTableVersion, " table ", name_of(c.profile), ' ', c.width, 'x', c.height, ' ', c.fps,
          ' ', c.frames, ' ', c.side, ' ', c.goal, ' ', c.slot, ' ', c.apart, ' ', c.push, ' ',
          c.high, ' ', c.gripper, ' ', c.grip, ' ', c.min_cubes, ' ', c.max_cubes, ' ', c.reach,
          ' ', c.lift, ' ', c.turn, " turns");
  for (int t : c.turns) all += cat(' ', t);
  return short_digest(all);
}

}  // namespace svg::world
