#include "libcore/world/texture.h"

#include <algorithm>

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

// ---- the full profile ----

constexpr int kSize = 64;  // texels of a face, both ways

struct Tones {
  const char* name;
  Rgb light, dark;
};
constexpr Tones kTones[] = {
    {"red", {232, 96, 84}, {112, 20, 24}},    {"yellow", {242, 214, 92}, {138, 96, 16}},
    {"green", {112, 206, 96}, {18, 84, 36}},  {"cyan", {104, 214, 222}, {14, 92, 112}},
    {"blue", {108, 140, 246}, {22, 34, 128}}, {"violet", {206, 122, 232}, {88, 22, 116}}};

// Value noise in [0, 1]: random values on a lattice of `cells` x `cells`, smoothly interpolated.
std::vector<double> value_noise(int cells, Random random) {
  std::vector<double> lattice(static_cast<size_t>((cells + 1) * (cells + 1)));
  for (double& v : lattice) v = random.below(1 << 16) * (1.0 / (1 << 16));
  auto smooth = [](double t) { return t * t * (3 - 2 * t); };
  std::vector<double> out(kSize * kSize);
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      double u = (x + 0.5) * cells / kSize, v = (y + 0.5) * cells / kSize;
      int i = static_cast<int>(u), j = static_cast<int>(v);
      double a = smooth(u - i), b = smooth(v - j);
      const double* top = &lattice[static_cast<size_t>(j * (cells + 1) + i)];
      const double* bottom = top + cells + 1;
      out[static_cast<size_t>(y * kSize + x)] =
          (top[0] * (1 - a) + top[1] * a) * (1 - b) + (bottom[0] * (1 - a) + bottom[1] * a) * b;
    }
  return out;
}

// Where the light tone goes, in [0, 1]: soft-edged blobs.
std::vector<double> blobs(bool fine, Random random) {
  std::vector<double> mask = value_noise(fine ? 8 : 4, random.fork("blobs"));
  for (double& v : mask) v = v < 0.45 ? 0 : v > 0.55 ? 1 : (v - 0.45) * 10;
  return mask;
}

// Slanted strokes whose widths vary, bent a little by noise.
std::vector<double> strokes(bool fine, Random random) {
  std::vector<double> bend = value_noise(3, random.fork("bend"));
  double slope = (random.below(2) ? 1 : -1) * (0.35 + random.below(100) * 0.004);
  std::vector<int> edges;
  for (int at = -2 * kSize; at < 3 * kSize;)
    edges.push_back(at += fine ? random.between(3, 8) : random.between(7, 17));
  std::vector<double> mask(kSize * kSize);
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      double along = x + slope * y + bend[static_cast<size_t>(y * kSize + x)] * 8;
      size_t stroke = 0;
      while (edges[stroke] < along) ++stroke;
      mask[static_cast<size_t>(y * kSize + x)] = stroke % 2 ? 1 : 0;
    }
  return mask;
}

// Held out: scattered boxes.
std::vector<double> boxes(bool fine, Random random) {
  std::vector<double> mask(kSize * kSize, 0);
  for (int n = fine ? 26 : 9; n-- > 0;) {
    int w = fine ? random.between(4, 11) : random.between(10, 22),
        h = fine ? random.between(4, 11) : random.between(10, 22);
    int x0 = random.between(-4, kSize - 4), y0 = random.between(-4, kSize - 4);
    for (int y = std::max(y0, 0); y < std::min(y0 + h, kSize); ++y)
      for (int x = std::max(x0, 0); x < std::min(x0 + w, kSize); ++x) {
        double& m = mask[static_cast<size_t>(y * kSize + x)];
        m = 1 - m;
      }
  }
  return mask;
}

Bitmap tinted(const std::vector<double>& mask, const Tones& tones) {
  Bitmap bitmap{kSize, kSize, {}};
  for (double m : mask) {
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

TextureBank full_bank() {
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
  using Pattern = std::vector<double> (*)(bool, Random);
  struct Program {
    const char* name;
    Pattern draw;
  };
  constexpr Program programs[] = {{"blobs", blobs}, {"strokes", strokes}, {"boxes", boxes}};
  for (const Program& program : programs) {
    if (program.draw == boxes) bank.trained = static_cast<int>(bank.textures.size());
    for (const Tones& tones : kTones)
      for (bool fine : {false, true}) {
        std::string name = std::string(tones.name) + (fine ? " fine " : " coarse ") + program.name;
        bank.textures.push_back(
            {name, with_mips(tinted(program.draw(fine, Random(0).fork(name)), tones))});
      }
  }
  return bank;
}

}  // namespace

const TextureBank& texture_bank(Profile profile) {
  static const TextureBank room = room_bank(), full = full_bank();
  return profile == Profile::Full ? full : room;
}

}  // namespace svg::world
