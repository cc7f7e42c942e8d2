#include "libcore/world/render.h"

#include <array>

#include "formats/base/error.h"

namespace svg::world {
namespace {

constexpr double kQ30 = 1.0 / (1 << 30), kQ16 = 1.0 / (1 << 16);

struct Ray {
  double dx = 0, dy = 0;  // a unit of depth: of the plane's normal, or of the way itself at equal angles
};

// Sub-column `i` of 2W, from left to right.
Ray ray_of(const WorldConfig& config, const Pose& pose, int i) {
  int columns = 2 * config.width;
  if (config.equal_angles) {
    int step = config.field_of_view / columns;
    int angle = wrap_angle(pose.yaw + config.field_of_view / 2 - step / 2 - step * i);
    return {cosine_q30(angle) * kQ30, sine_q30(angle) * kQ30};
  }
  double left = (columns / 2 - i - 0.5) / (2 * config.focal);
  double c = cosine_q30(pose.yaw) * kQ30, s = sine_q30(pose.yaw) * kQ30;
  return {c - s * left, s + c * left};
}

struct Hit {
  uint16_t face = 0;
  double depth = 0;
  double across = 0;  // [0, 1) along the face, from left to right as seen from inside
};

// Walks the grid from cell border to cell border until a wall stands in the way (Amanatides and Woo 1987).
Hit cast(const Scene& scene, double px, double py, const Ray& ray) {
  int x = static_cast<int>(px), y = static_cast<int>(py);  // positions are never negative
  const double kNever = 1e30;
  double per_x = ray.dx != 0 ? (ray.dx > 0 ? 1 / ray.dx : -1 / ray.dx) : kNever;
  double per_y = ray.dy != 0 ? (ray.dy > 0 ? 1 / ray.dy : -1 / ray.dy) : kNever;
  double next_x = ray.dx > 0 ? (x + 1 - px) * per_x : (px - x) * per_x;
  double next_y = ray.dy > 0 ? (y + 1 - py) * per_y : (py - y) * per_y;
  if (ray.dx == 0) next_x = kNever;
  if (ray.dy == 0) next_y = kNever;
  for (;;) {
    bool along_x = next_x < next_y;
    int side = along_x ? (ray.dx > 0 ? 0 : 2) : (ray.dy > 0 ? 1 : 3);
    double depth = along_x ? next_x : next_y;
    uint16_t face = scene.face_of[static_cast<size_t>(y) * scene.cells_w + x][side];
    if (face) {
      double u = along_x ? py + ray.dy * depth - y : px + ray.dx * depth - x;
      if (side == 0 || side == 3) u = 1 - u;
      return {face, depth, u < 0 ? 0 : u >= 1 ? 0.999999 : u};
    }
    if (along_x) {
      x += ray.dx > 0 ? 1 : -1;
      next_x += per_x;
    } else {
      y += ray.dy > 0 ? 1 : -1;
      next_y += per_y;
    }
  }
}

struct Sample {
  Rgb colour{};
  uint16_t face = 0;
};

// One sub-column of 2H samples, top to bottom.
void shade(const Scene& scene, const Hit& hit, int texture, std::span<Sample> column) {
  const Bitmap& bitmap = scene.bank->textures[texture].mips.front();
  int rows = static_cast<int>(column.size());
  double half_wall = scene.config.wall_height / 2;
  double per_row = hit.depth / (2 * scene.config.focal);  // height at the wall that one sample row spans
  int u = static_cast<int>(hit.across * bitmap.width);
  for (int r = 0; r < rows; ++r) {
    double up = (rows / 2 - r - 0.5) * per_row;
    if (up >= half_wall) {
      column[r] = {scene.bank->ceiling, 0};
    } else if (up <= -half_wall) {
      column[r] = {scene.bank->floor, 0};
    } else {
      int v = static_cast<int>((half_wall - up) / scene.config.wall_height * bitmap.height);
      if (v >= bitmap.height) v = bitmap.height - 1;
      column[r] = {bitmap.texels[static_cast<size_t>(v) * bitmap.width + u], hit.face};
    }
  }
}

// The four samples of one pixel.
uint16_t majority(const std::array<const Sample*, 4>& s) {
  int best = 0, best_count = 0;
  for (int i = 0; i < 4; ++i) {
    int count = 0;
    for (int j = 0; j < 4; ++j) count += s[j]->face == s[i]->face;
    if (count > best_count) best = i, best_count = count;
  }
  return s[best]->face;
}

}  // namespace

void render_with(const Scene& scene, const Pose& pose, const Repaint& repaint, std::span<uint8_t> rgb,
                 std::span<uint16_t> face) {
  const WorldConfig& config = scene.config;
  size_t pixels = static_cast<size_t>(config.pixels());
  require(rgb.empty() || rgb.size() == pixels * 3, ErrorKind::Internal, "render: rgb holds ", rgb.size(), " bytes");
  require(face.empty() || face.size() == pixels, ErrorKind::Internal, "render: face holds ", face.size(), " ids");
  double px = pose.x * kQ16, py = pose.y * kQ16;
  std::vector<Sample> samples(4 * pixels);  // column after column
  size_t rows = 2 * static_cast<size_t>(config.height);
  for (int i = 0; i < 2 * config.width; ++i) {
    Hit hit = cast(scene, px, py, ray_of(config, pose, i));
    int texture = scene.faces[hit.face - 1].texture;
    for (const auto& [id, other] : repaint)
      if (id == hit.face) texture = other;
    shade(scene, hit, texture, std::span(samples).subspan(i * rows, rows));
  }
  for (int y = 0; y < config.height; ++y)
    for (int x = 0; x < config.width; ++x) {
      const Sample* left = &samples[2 * x * rows + 2 * y];
      const Sample* right = left + rows;
      size_t pixel = static_cast<size_t>(y) * config.width + x;
      if (!rgb.empty())
        for (int c = 0; c < 3; ++c)
          rgb[pixel * 3 + c] = static_cast<uint8_t>(
              (left[0].colour[c] + left[1].colour[c] + right[0].colour[c] + right[1].colour[c] + 2) >> 2);
      if (!face.empty()) face[pixel] = majority({&left[0], &right[0], &left[1], &right[1]});
    }
}

void render(const Scene& scene, const Pose& pose, std::span<uint8_t> rgb, std::span<uint16_t> face) {
  render_with(scene, pose, {}, rgb, face);
}

}  // namespace svg::world
