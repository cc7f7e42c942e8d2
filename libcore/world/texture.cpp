#include "libcore/world/texture.h"

namespace svg::world {
namespace {

struct Named {
  const char* name;
  Rgb colour;
};

// Eight hues that keep apart from each other and from white, black, floor and ceiling: no two of these twelve are nearer
// than 100 in RGB space, and most are beyond 140.
constexpr Named kRoomHues[] = {{"red", {246, 12, 66}},    {"orange", {250, 149, 12}}, {"yellow", {220, 248, 94}},
                               {"green", {12, 182, 12}},  {"cyan", {22, 248, 250}},   {"blue", {12, 84, 250}},
                               {"violet", {125, 12, 184}}, {"pink", {250, 81, 232}}};
constexpr Rgb kWhite = {250, 250, 250}, kBlack = {12, 12, 12};

// 8 hues x {plain, white upper half, black upper half}; held out: white lower half. The halves meet at the eye's height,
// so the border always lies on the horizon.
TextureBank room_bank() {
  TextureBank bank;
  bank.floor = {118, 94, 62};
  bank.ceiling = {130, 161, 192};
  auto add = [&](const Named& hue, const char* suffix, Rgb top, Rgb bottom) {
    bank.textures.push_back({std::string(hue.name) + suffix, {{1, 2, {top, bottom}}}});
  };
  for (const Named& hue : kRoomHues) {
    add(hue, "", hue.colour, hue.colour);
    add(hue, " white-top", kWhite, hue.colour);
    add(hue, " black-top", kBlack, hue.colour);
  }
  bank.trained = static_cast<int>(bank.textures.size());
  for (const Named& hue : kRoomHues) add(hue, " white-bottom", hue.colour, kWhite);
  return bank;
}

}  // namespace

const TextureBank& texture_bank(Profile) {
  static const TextureBank room = room_bank();
  return room;
}

}  // namespace svg::world
