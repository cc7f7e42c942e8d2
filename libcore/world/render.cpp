#include "libcore/world/render.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libcore/base/error.h"
#include "libcore/world/rays.h"

namespace svg::world {
namespace {

// ---- colours: three fields of 10 bits in a word, so that four samples add up in one go ----

uint32_t packed(const Rgb& c) {
  return c[0] | uint32_t{c[1]} << 10 | uint32_t{c[2]} << 20;
}
// `light` in 0..256.
uint32_t packed(const Rgb& c, uint32_t light) {
  return (c[0] * light >> 8) | (c[1] * light >> 8) << 10 | (c[2] * light >> 8) << 20;
}
constexpr uint32_t kHalf = 2 | 2u << 10 | 2u << 20;  // rounds the mean of four

// Distance darkens a little, never below 0.6: black would remove evidence.
double distance_light(double depth) {
  return std::max(0.6, 1 - 0.05 * depth);
}
uint32_t light_units(double light) {
  return static_cast<uint32_t>(light * 256 + 0.5);
}

// ---- one frame ----

class Frame {
 public:
  Frame(const Scene& scene, const Pose& pose, const Repaint& repaint)
      : scene_(scene),
        bank_(*scene.bank),
        config_(scene.config),
        pose_(pose),
        repaint_(repaint),
        px_(pose.x * kQ16),
        py_(pose.y * kQ16),
        rows_(2 * config_.height),
        places_(static_cast<int>(scene.rooms.size()) + 1) {
    if (bank_.tints.empty()) return;
    // Floor and ceiling: the depth of each sample row, and its colour in each room (0: corridor).
    for (int k = 0; k < rows_ / 2; ++k) {
      double depth = config_.wall_height * config_.focal / (k + 0.5);
      uint32_t light = light_units(distance_light(depth));
      row_depth_.push_back(depth);
      for (int place = 0; place < places_; ++place) {
        int tint = place ? scene.rooms[static_cast<size_t>(place - 1)].tint : -1;
        floor_.push_back(
            packed(tint < 0 ? bank_.floor : bank_.tints[static_cast<size_t>(tint)].floor, light));
        ceiling_.push_back(packed(
            tint < 0 ? bank_.ceiling : bank_.tints[static_cast<size_t>(tint)].ceiling, light));
      }
    }
  }

  // Sub-column `i`: colour and face of its 2H samples, top to bottom.
  void column(int i, uint32_t* colour, uint16_t* face) const {
    Ray ray = ray_of(config_, pose_, i);
    Hit hit = cast(scene_, px_, py_, ray);
    PillarHit pillar = cast_pillars(scene_, px_, py_, ray, hit.depth);
    double depth = pillar.pillar ? pillar.depth : hit.depth;
    double per_row = depth / (2 * config_.focal);  // height that one sample row spans there
    double beyond = rows_ / 2 + 0.5 - config_.wall_height / 2 / per_row;
    int outside = beyond <= 0 ? 0 : static_cast<int>(beyond);  // rows of ceiling, and of floor
    horizontals(ray, outside, colour, face);
    std::fill(face + outside, face + rows_ - outside,
              pillar.pillar ? pillar.pillar->face : hit.face);
    if (pillar.pillar) {
      double light = distance_light(depth) * (1 - 0.4 * pillar.off);
      std::fill(colour + outside, colour + rows_ - outside,
                packed(bank_.pillars[static_cast<size_t>(pillar.pillar->colour)].colour,
                       light_units(light)));
    } else {
      wall(ray, hit, per_row, outside, colour);
    }
  }

 private:
  void horizontals(const Ray& ray, int outside, uint32_t* colour, uint16_t* face) const {
    std::fill(face, face + outside, uint16_t{0});
    std::fill(face + rows_ - outside, face + rows_, uint16_t{0});
    if (bank_.tints.empty()) {
      std::fill(colour, colour + outside, packed(bank_.ceiling));
      std::fill(colour + rows_ - outside, colour + rows_, packed(bank_.floor));
      return;
    }
    for (int r = 0; r < outside; ++r) {
      int k = rows_ / 2 - 1 - r;  // rows from the horizon
      double t = row_depth_[static_cast<size_t>(k)];
      int x = static_cast<int>(px_ + ray.dx * t), y = static_cast<int>(py_ + ray.dy * t);
      int place = scene_.room_of[static_cast<size_t>(y * scene_.cells_w + x)] + 1;
      colour[r] = ceiling_[static_cast<size_t>(k * places_ + place)];
      colour[rows_ - 1 - r] = floor_[static_cast<size_t>(k * places_ + place)];
    }
  }

  void wall(const Ray& ray, const Hit& hit, double per_row, int outside, uint32_t* colour) const {
    int texture = scene_.faces[static_cast<size_t>(hit.face - 1)].texture;
    for (const auto& [id, other] : repaint_)
      if (id == hit.face) texture = other;
    const std::vector<Bitmap>& mips = bank_.textures[static_cast<size_t>(texture)].mips;
    // Texels that a sample spans: down the column, and sideways, where a slanted wall is
    // compressed.
    double along = hit.side % 2 ? ray.dy : ray.dx;
    double span = std::max(per_row * mips.front().height / config_.wall_height,
                           per_row * mips.front().width / (along < 0 ? -along : along));
    size_t level = 0;
    for (double s = 1.5; level + 1 < mips.size() && span > s; s *= 2) ++level;
    const Bitmap& bitmap = mips[level];
    double light =
        bank_.shaded ? scene_.side_light[static_cast<size_t>(hit.side)] * distance_light(hit.depth)
                     : 1;
    uint32_t units = light_units(light);
    const Rgb* texels =
        &bitmap.texels[static_cast<size_t>(static_cast<int>(hit.across * bitmap.width))];
    double down = per_row / config_.wall_height * bitmap.height;
    int64_t step =
        static_cast<int64_t>(down * (1 << 24));  // Q24; the middle of the wall is on the horizon
    int64_t v = (int64_t{bitmap.height} << 23) - step * (rows_ / 2 - outside) + step / 2;
    uint32_t last = 0;
    int last_texel = -1;
    for (int r = outside; r < rows_ - outside; ++r, v += step) {
      int texel = std::clamp(static_cast<int>(v >> 24), 0, bitmap.height - 1);
      if (texel != last_texel)
        last = packed(texels[texel * bitmap.width], units), last_texel = texel;
      colour[r] = last;
    }
  }

  const Scene& scene_;
  const TextureBank& bank_;
  const WorldConfig& config_;
  Pose pose_;
  const Repaint& repaint_;
  double px_, py_;
  int rows_, places_;
  std::vector<double> row_depth_;          // [H], counted from the horizon
  std::vector<uint32_t> floor_, ceiling_;  // [H][places_]
};

// Of four samples in reading order: what most of them are, the first of those that are equally
// many.
uint16_t majority(uint16_t a, uint16_t b, uint16_t c, uint16_t d) {
  if (a == b || a == c || a == d) return a;
  return b == c || b == d ? b : c == d ? c : a;
}

}  // namespace

void render_with(const Scene& scene, const Pose& pose, const Repaint& repaint, ColumnRange columns,
                 std::span<uint8_t> rgb, std::span<uint16_t> face) {
  const WorldConfig& config = scene.config;
  size_t pixels = static_cast<size_t>(config.pixels());
  require(rgb.empty() || rgb.size() == pixels * 3, ErrorKind::Internal, "render: rgb holds ",
          rgb.size(), " bytes");
  require(face.empty() || face.size() == pixels, ErrorKind::Internal, "render: face holds ",
          face.size(), " ids");
  require(0 <= columns.first && columns.last <= config.width, ErrorKind::Internal,
          "render: columns ", columns.first, " to ", columns.last);
  Frame frame(scene, pose, repaint);
  size_t rows = 2 * static_cast<size_t>(config.height);
  std::vector<uint32_t> colours(2 * rows);
  std::vector<uint16_t> faces(2 * rows);
  for (int x = columns.first; x < columns.last; ++x) {
    frame.column(2 * x, colours.data(), faces.data());
    frame.column(2 * x + 1, colours.data() + rows, faces.data() + rows);
    size_t pixel = static_cast<size_t>(x);
    for (size_t r = 0; r < rows; r += 2, pixel += static_cast<size_t>(config.width)) {
      if (!rgb.empty()) {
        uint32_t sum =
            colours[r] + colours[r + 1] + colours[rows + r] + colours[rows + r + 1] + kHalf;
        for (size_t c = 0; c < 3; ++c)
          rgb[pixel * 3 + c] = static_cast<uint8_t>(sum >> (10 * c + 2));
      }
      if (!face.empty())
        face[pixel] = majority(faces[r], faces[rows + r], faces[r + 1], faces[rows + r + 1]);
    }
  }
}

void render_with(const Scene& scene, const Pose& pose, const Repaint& repaint,
                 std::span<uint8_t> rgb, std::span<uint16_t> face) {
  render_with(scene, pose, repaint, {0, scene.config.width}, rgb, face);
}

void render(const Scene& scene, const Pose& pose, std::span<uint8_t> rgb,
            std::span<uint16_t> face) {
  render_with(scene, pose, {}, rgb, face);
}

}  // namespace svg::world
