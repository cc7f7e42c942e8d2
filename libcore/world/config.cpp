#include "libcore/world/config.h"

#include "libcore/base/error.h"
#include "libcore/world/angle.h"

namespace svg::world {
namespace {

constexpr double kPi = 3.14159265358979323846;

WorldConfig full_profile() {
  WorldConfig c;
  c.field_of_view = 4403;  // 68.8 degrees; the plane's half width, 0.685, is what counts
  c.turns = {15, 30, 45, 60};
  c.step_q16 = kCell / 4;
  c.steps = {1, 2, 3, 4, 5};
  c.margin_q16 = kCell / 4;
  return c;
}

WorldConfig room_profile(Profile profile, int width, int height, int frames) {
  WorldConfig c;
  c.profile = profile;
  c.width = width;
  c.height = height;
  c.equal_angles = true;
  c.field_of_view = 90 * kDegree;
  c.wall_height = 0.9;
  c.frames = frames;
  c.turns = {45};
  c.step_q16 = 6554;  // 0.1 cell
  c.steps = {4};
  c.margin_q16 = kCell * 3 / 10;
  return c;
}

WorldConfig view_profile() {
  WorldConfig c = room_profile(Profile::View, 64, 64, 4);
  c.wall_height = 2;
  c.step_q16 = kCell / 8;  // a chunk of four is half a cell
  return c;
}

void check_size(int value, const char* name) {
  require(value >= 32 && value <= 256 && value % 8 == 0, ErrorKind::Usage, name, " ", value,
          ": expected a multiple of 8 from 32 to 256");
}

}  // namespace

WorldConfig make_config(const ConfigChoice& choice) {
  WorldConfig c;
  const auto profile = enum_from<Profile>(choice.profile, "profile");
  if (profile == Profile::Full) {
    c = full_profile();
    if (choice.width) c.width = choice.width;
    if (choice.height) c.height = choice.height;
    check_size(c.width, "width");
    check_size(c.height, "height");
    c.focal = c.width / (2 * 0.685);
    if (choice.frames) c.frames = choice.frames;
    // Every amount of a chunk must divide into equal whole increments, and two chunks fit into 32
    // frames.
    require(c.frames == 4 || c.frames == 8 || c.frames == 16, ErrorKind::Usage, "chunks of ",
            c.frames, " frames: the full profile has 4, 8 or 16");
  } else {
    c = profile == Profile::Tiny    ? room_profile(Profile::Tiny, 32, 16, 4)
        : profile == Profile::Small ? room_profile(Profile::Small, 48, 24, 6)
                                    : view_profile();
    require(
        (!choice.width || choice.width == c.width) && (!choice.height || choice.height == c.height),
        ErrorKind::Usage, "size ", choice.width, "x", choice.height, ": the profile ",
        choice.profile, " is ", c.width, "x", c.height);
    require(!choice.frames || choice.frames == c.frames, ErrorKind::Usage, "chunks of ",
            choice.frames, " frames: the profile ", choice.profile, " has ", c.frames);
    c.focal = c.width / (kPi / 2);
  }
  if (choice.max_turn > 0) {
    std::vector<int> allowed;
    for (int degrees : c.turns)
      if (degrees <= choice.max_turn * c.frames) allowed.push_back(degrees);
    require(!allowed.empty(), ErrorKind::Usage, "at most ", choice.max_turn,
            " degrees a frame: the profile ", choice.profile, " turns by ", c.turns.front(),
            " degrees in ", c.frames, " frames at least");
    c.turns = allowed;
  }
  return c;
}

std::string config_digest(const WorldConfig& c) {
  std::string all = cat(kGeneratorVersion, ' ', name_of(c.profile), ' ', c.width, 'x', c.height,
                        ' ', c.equal_angles, ' ', c.field_of_view, ' ', c.wall_height, ' ', c.fps,
                        ' ', c.frames, ' ', c.step_q16, ' ', c.margin_q16, " turns");
  for (int t : c.turns) all += cat(' ', t);
  all += " steps";
  for (int s : c.steps) all += cat(' ', s);
  return short_digest(all);
}

std::string short_digest(const std::string& all) {
  uint64_t h = 0xCBF29CE484222325u;  // FNV-1a
  for (char ch : all) h = (h ^ static_cast<unsigned char>(ch)) * 0x100000001B3u;
  std::string hex(8, '0');
  for (int i = 0; i < 8; ++i) hex[i] = "0123456789abcdef"[(h >> (60 - 4 * i)) & 15];
  return hex;
}

}  // namespace svg::world
