#include "libcore/world/texture.h"

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/world/random.h"

namespace svg::world {
namespace {

// ---- the room profiles ----

struct Named {
  const char* name;
  Rgb colour;
};

// Eight hues that keep apart from each other and from white, black, floor and ceiling: no two of
// these twelve are nearer than 100 in RGB space, and most are beyond 140.
constexpr Named kRoomHues[] = {{"red", {246, 12, 66}},     {"orange", {250, 149, 12}},
                               {"yellow", {220, 248, 94}}, {"green", {12, 182, 12}},
                               {"cyan", {22, 248, 250}},   {"blue", {12, 84, 250}},
                               {"violet", {125, 12, 184}}, {"pink", {250, 81, 232}}};
constexpr Rgb kWhite = {250, 250, 250}, kBlack = {12, 12, 12};

// 8 hues x {plain, white upper half, black upper half}; held out: white lower half. The halves meet
// at the eye's height, so the border always lies on the horizon.
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

// ---- patterns: where the light tone of a texture goes, in [0, 1], texel by texel ----

constexpr int kSize = 64;  // texels of a cell, both ways

struct Tones {
  const char* name;
  Rgb light, dark;
};

struct Mask {
  int rows = kSize;          // of kSize texels
  std::vector<double> at{};  // [rows, kSize]
};

// Value noise in [0, 1]: random values on a lattice of `cells` a cell's width, smoothly
// interpolated.
Mask value_noise(int rows, int cells, Random random) {
  int down = cells * rows / kSize;
  std::vector<double> lattice(static_cast<size_t>((cells + 1) * (down + 1)));
  for (double& v : lattice) v = random.below(1 << 16) * (1.0 / (1 << 16));
  auto smooth = [](double t) { return t * t * (3 - 2 * t); };
  Mask out{rows, std::vector<double>(static_cast<size_t>(rows * kSize))};
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < kSize; ++x) {
      double u = (x + 0.5) * cells / kSize, v = (y + 0.5) * cells / kSize;
      int i = static_cast<int>(u), j = static_cast<int>(v);
      double a = smooth(u - i), b = smooth(v - j);
      const double* top = &lattice[static_cast<size_t>(j * (cells + 1) + i)];
      const double* bottom = top + cells + 1;
      out.at[static_cast<size_t>(y * kSize + x)] =
          (top[0] * (1 - a) + top[1] * a) * (1 - b) + (bottom[0] * (1 - a) + bottom[1] * a) * b;
    }
  return out;
}

// Soft-edged blobs: light where the noise is above the middle of its range.
Mask blobs(int rows, int cells, Random random) {
  Mask mask = value_noise(rows, cells, random.fork("blobs"));
  for (double& v : mask.at) v = v < 0.45 ? 0 : v > 0.55 ? 1 : (v - 0.45) * 10;
  return mask;
}

// The same with as much light as dark, which few and large blobs are not by themselves.
Mask balanced_blobs(int rows, int cells, Random random) {
  Mask mask = value_noise(rows, cells, random.fork("blobs"));
  std::vector<double> sorted = mask.at;
  std::sort(sorted.begin(), sorted.end());
  double middle = sorted[sorted.size() / 2];
  for (double& v : mask.at) v = std::clamp((v - middle) * 10 + 0.5, 0.0, 1.0);
  return mask;
}

struct Widths {
  int least, most;  // texels
};
// A slope either way, its sign drawn.
double draw_slope(Random& random) {
  return (random.below(2) ? 1 : -1) * (0.35 + random.below(100) * 0.004);
}

// Slanted strokes whose widths vary, bent a little by noise.
Mask strokes(int rows, Widths widths, double slope, Random& random) {
  Mask bend = value_noise(rows, 3, random.fork("bend"));
  std::vector<int> edges;
  for (int at = -2 * rows; at < 3 * rows;)
    edges.push_back(at += random.between(widths.least, widths.most));
  Mask mask{rows, std::vector<double>(static_cast<size_t>(rows * kSize))};
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < kSize; ++x) {
      size_t here = static_cast<size_t>(y * kSize + x);
      double along = x + slope * y + bend.at[here] * 8;
      size_t stroke = 0;
      while (edges[stroke] < along) ++stroke;
      mask.at[here] = stroke % 2 ? 1 : 0;
    }
  return mask;
}

// Scattered boxes.
Mask boxes(int rows, int count, Widths sides, Random random) {
  Mask mask{rows, std::vector<double>(static_cast<size_t>(rows * kSize), 0)};
  while (count-- > 0) {
    int w = random.between(sides.least, sides.most), h = random.between(sides.least, sides.most);
    int x0 = random.between(-4, kSize - 4), y0 = random.between(-4, rows - 4);
    for (int y = std::max(y0, 0); y < std::min(y0 + h, rows); ++y)
      for (int x = std::max(x0, 0); x < std::min(x0 + w, kSize); ++x) {
        double& m = mask.at[static_cast<size_t>(y * kSize + x)];
        m = 1 - m;
      }
  }
  return mask;
}

Bitmap tinted(const Mask& mask, const Tones& tones) {
  Bitmap bitmap{kSize, mask.rows, {}};
  for (double m : mask.at) {
    Rgb texel;
    for (size_t c = 0; c < 3; ++c)
      texel[c] = static_cast<uint8_t>(tones.dark[c] + m * (tones.light[c] - tones.dark[c]) + 0.5);
    bitmap.texels.push_back(texel);
  }
  return bitmap;
}

std::vector<Bitmap> with_mips(Bitmap base) {
  std::vector<Bitmap> mips{std::move(base)};
  while (mips.back().width > 1) {
    const Bitmap& big = mips.back();
    Bitmap small{big.width / 2, big.height / 2, {}};
    for (int y = 0; y < small.height; ++y)
      for (int x = 0; x < small.width; ++x) {
        const Rgb* a = &big.texels[static_cast<size_t>(2 * y * big.width + 2 * x)];
        const Rgb* b = a + big.width;
        Rgb mean;
        for (size_t c = 0; c < 3; ++c)
          mean[c] = static_cast<uint8_t>((a[0][c] + a[1][c] + b[0][c] + b[1][c] + 2) / 4);
        small.texels.push_back(mean);
      }
    mips.push_back(std::move(small));
  }
  return mips;
}

// What the profiles with several rooms share: shading, floors, pillars.
TextureBank shaded_bank() {
  TextureBank bank;
  bank.floor = {116, 110, 104};
  bank.ceiling = {168, 168, 172};
  bank.shaded = true;
  bank.tints = {
      {"red", {168, 70, 62}, {206, 172, 168}},     {"orange", {190, 124, 52}, {214, 192, 164}},
      {"yellow", {186, 172, 70}, {212, 208, 168}}, {"green", {76, 140, 74}, {174, 200, 172}},
      {"cyan", {70, 150, 156}, {170, 204, 206}},   {"blue", {70, 88, 168}, {172, 178, 210}},
      {"violet", {132, 76, 158}, {196, 174, 206}}, {"white", {206, 204, 200}, {226, 226, 224}}};
  bank.pillars = {{"red", {226, 34, 34}},   {"yellow", {240, 214, 30}},
                  {"green", {34, 190, 60}}, {"cyan", {40, 210, 220}},
                  {"blue", {44, 64, 226}},  {"magenta", {224, 50, 200}}};
  return bank;
}

// ---- the full profile: 6 hues x {blobs, strokes} x {coarse, fine}; held out: boxes ----

constexpr Tones kFullTones[] = {
    {"red", {232, 96, 84}, {112, 20, 24}},    {"yellow", {242, 214, 92}, {138, 96, 16}},
    {"green", {112, 206, 96}, {18, 84, 36}},  {"cyan", {104, 214, 222}, {14, 92, 112}},
    {"blue", {108, 140, 246}, {22, 34, 128}}, {"violet", {206, 122, 232}, {88, 22, 116}}};

Mask full_blobs(bool fine, Random random) {
  return blobs(kSize, fine ? 8 : 4, random);
}
Mask full_strokes(bool fine, Random random) {
  double slope = draw_slope(random);
  return strokes(kSize, fine ? Widths{3, 8} : Widths{7, 17}, slope, random);
}
Mask full_boxes(bool fine, Random random) {
  return fine ? boxes(kSize, 26, {4, 11}, random) : boxes(kSize, 9, {10, 22}, random);
}

TextureBank full_bank() {
  TextureBank bank = shaded_bank();
  using Pattern = Mask (*)(bool, Random);
  struct Program {
    const char* name;
    Pattern draw;
  };
  constexpr Program programs[] = {
      {"blobs", full_blobs}, {"strokes", full_strokes}, {"boxes", full_boxes}};
  for (const Program& program : programs) {
    if (program.draw == full_boxes) bank.trained = static_cast<int>(bank.textures.size());
    for (const Tones& tones : kFullTones)
      for (bool fine : {false, true}) {
        std::string name = std::string(tones.name) + (fine ? " fine " : " coarse ") + program.name;
        bank.textures.push_back(
            {name, with_mips(tinted(program.draw(fine, Random(0).fork(name)), tones))});
      }
  }
  return bank;
}

// ---- view: 8 hues x {blobs, strokes to the left, strokes to the right}; held out: boxes ----
// Walls are two cells high. Nothing is finer than a latent cell of 8 px where the wall is two cells
// away (a cell is 20 px there): what an autoencoder that reduces 8 times loses, no memory brings
// back.

constexpr Tones kViewTones[] = {
    {"red", {232, 84, 76}, {112, 20, 24}},       {"orange", {250, 166, 84}, {158, 76, 10}},
    {"yellow", {246, 226, 110}, {150, 118, 16}}, {"green", {120, 208, 96}, {18, 90, 36}},
    {"cyan", {112, 222, 226}, {14, 104, 116}},   {"blue", {104, 136, 246}, {22, 34, 132}},
    {"violet", {178, 116, 238}, {74, 20, 122}},  {"pink", {250, 160, 212}, {168, 40, 112}}};

TextureBank view_bank() {
  constexpr int kRows = 2 * kSize;
  constexpr Widths kStrokes = {14, 30}, kBoxes = {18, 36};
  TextureBank bank = shaded_bank();
  auto add = [&](const Tones& tones, const char* pattern, auto draw) {
    std::string name = cat(tones.name, ' ', pattern);
    Random random = Random(0).fork(cat("view ", name));
    bank.textures.push_back({name, with_mips(tinted(draw(random), tones))});
  };
  for (const Tones& tones : kViewTones) {
    add(tones, "blobs", [&](Random& random) { return balanced_blobs(kRows, 3, random); });
    for (int sign : {-1, 1})
      add(tones, sign < 0 ? "strokes right" : "strokes left", [&](Random& random) {
        double slope = draw_slope(random);
        return strokes(kRows, kStrokes, sign * (slope < 0 ? -slope : slope), random);
      });
  }
  bank.trained = static_cast<int>(bank.textures.size());
  for (const Tones& tones : kViewTones)
    add(tones, "boxes", [&](Random& random) { return boxes(kRows, 10, kBoxes, random); });
  return bank;
}

}  // namespace

const TextureBank& texture_bank(Profile profile) {
  static const TextureBank room = room_bank(), full = full_bank(), view = view_bank();
  return profile == Profile::Full ? full : profile == Profile::View ? view : room;
}

}  // namespace svg::world
