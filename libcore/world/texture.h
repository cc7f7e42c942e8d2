// What faces are painted with: small bitmaps with box-filtered mip levels, made once a profile from fixed seeds, so that a
// texture id means the same in every scene. Ids [0, trained) occur in train, val and test; the rest only in ood.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/world/config.h"

namespace svg::world {

using Rgb = std::array<uint8_t, 3>;

struct Bitmap {
  int width = 0, height = 0;      // powers of two
  std::vector<Rgb> texels;        // row major, row 0 on top
};

struct Texture {
  std::string name;               // e.g. "red white-top"
  std::vector<Bitmap> mips;       // level i has half the size of level i-1
};

struct TextureBank {
  std::vector<Texture> textures;  // index = texture id
  int trained = 0;
  Rgb floor{}, ceiling{};         // of rooms without a tint
  std::vector<Rgb> tints;         // of floors; empty where rooms have none
  std::vector<std::string> tint_names;
  std::vector<Rgb> pillars;
  std::vector<std::string> pillar_names;
};

// Made at the first call, constant afterwards.
const TextureBank& texture_bank(Profile profile);

}  // namespace svg::world
