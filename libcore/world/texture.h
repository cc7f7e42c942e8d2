// What faces are painted with: small bitmaps with box-filtered mip levels, made once a profile from
// fixed seeds, so that a texture id means the same in every scene. Ids [0, trained) occur in train,
// val and test; the rest only in ood.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/world/config.h"

namespace svg::world {

using Rgb = std::array<uint8_t, 3>;

struct Bitmap {
  int width = 0, height = 0;  // powers of two
  std::vector<Rgb> texels;    // [height, width], row 0 on top
};

struct Texture {
  std::string name;          // e.g. "red white-top"
  std::vector<Bitmap> mips;  // level i has half the size of level i-1
};

struct TextureBank {
  std::vector<Texture> textures;  // index = texture id
  int trained = 0;
  Rgb floor{}, ceiling{};  // of corridors, and of rooms without a tint
  struct Tint {
    std::string name;  // colour word of the floor
    Rgb floor, ceiling;
  };
  std::vector<Tint> tints;  // empty where rooms have none
  struct PillarColour {
    std::string name;
    Rgb colour;
  };
  std::vector<PillarColour> pillars;
  bool shaded = false;  // side light and distance shading
};

// Made at the first call, constant afterwards.
const TextureBank& texture_bank(Profile profile);

}  // namespace svg::world
