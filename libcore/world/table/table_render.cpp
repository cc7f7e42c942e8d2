#include "libcore/world/table/table_render.h"

#include <algorithm>
#include <array>

#include "libcore/base/error.h"

namespace svg::world {
namespace {

constexpr double kQ30 = 1.0 / (1 << 30), kQ16 = 1.0 / (1 << 16);
constexpr double kSlant = 0.70710678118654752440;  // sine and cosine of 45 degrees
constexpr double kDistance = 1.9;                  // from the eye to the middle of the table
constexpr double kHalfView = 0.395;                // half width of the picture at depth 1
constexpr double kInradius = 0.8;                  // of the octagon that the panels stand on
constexpr double kPanelWidth = 0.66274170;         // 2 * kInradius * tan(22.5 degrees)
constexpr double kPanelHeight = 0.5;
constexpr double kShade = 0.5;  // of the panels: what is on the table stands out before them
constexpr double kNever = 1e30;

constexpr Rgb kVoid = {28, 30, 36}, kFloor = {92, 88, 84}, kTop = {196, 170, 132},
              kGoal = {40, 160, 60}, kOpen = {120, 230, 240}, kClosed = {30, 30, 34};

struct Vec {
  double x = 0, y = 0, z = 0;
};
struct Sample {
  std::array<uint32_t, 3> colour{};  // 0..255
  uint16_t face = 0;
};

Sample lit(const Rgb& c, double light, int face = 0) {
  Sample s;
  for (size_t i = 0; i < 3; ++i) s.colour[i] = static_cast<uint32_t>(c[i] * light + 0.5);
  s.face = static_cast<uint16_t>(face);
  return s;
}

class Picture {
 public:
  Picture(const TableScene& scene, const TableState& state) : scene_(scene), state_(state) {
    const double c = cosine_q30(state.yaw) * kQ30, s = sine_q30(state.yaw) * kQ30;
    eye_ = {0.5 - c * kDistance * kSlant, 0.5 - s * kDistance * kSlant, kDistance * kSlant};
    ahead_ = {c * kSlant, s * kSlant, -kSlant};
    right_ = {s, -c, 0};
    up_ = {c * kSlant, s * kSlant, kSlant};
    for (int k = 0; k < kPanels; ++k) {
      const int angle = k * kTurn / kPanels;
      normals_[static_cast<size_t>(k)] = {cosine_q30(angle) * kQ30, sine_q30(angle) * kQ30, 0};
    }
    // Texels that a sample spans on a panel, about: the same mip level for all of them.
    const auto& mips = scene.bank->textures.front().mips;
    const double span = 2 * kHalfView / (2 * scene.config.width) * 2.4 / kPanelWidth;
    for (double s2 = 1.5; level_ + 1 < mips.size() && span * mips.front().width > s2; s2 *= 2)
      ++level_;
  }

  // Sub-pixel (i, j) of [2W, 2H].
  Sample sample(int i, int j) const {
    const double sx = ((i + 0.5) / scene_.config.width - 1) * kHalfView;
    const double sy = (1 - (j + 0.5) / scene_.config.height) * kHalfView * scene_.config.height /
                      scene_.config.width;
    const Vec d{ahead_.x + right_.x * sx + up_.x * sy, ahead_.y + right_.y * sx + up_.y * sy,
                ahead_.z + up_.z * sy};
    double nearest = kNever;
    Sample seen = surroundings(d, nearest);
    for (int k = 0; k < scene_.cubes(); ++k) cube(k, d, nearest, seen);
    gripper(d, nearest, seen);
    return seen;
  }

 private:
  Sample surroundings(const Vec& d, double& nearest) const {
    // In and out of the octagon.
    double enter = 0, leave = kNever;
    int panel = -1;
    const Vec o{eye_.x - 0.5, eye_.y - 0.5, 0};
    for (int k = 0; k < kPanels; ++k) {
      const Vec& n = normals_[static_cast<size_t>(k)];
      const double along = n.x * d.x + n.y * d.y, off = kInradius - (n.x * o.x + n.y * o.y);
      if (along > 1e-12) {
        if (off / along < leave) leave = off / along, panel = k;
      } else if (along < -1e-12) {
        enter = std::max(enter, off / along);
      } else if (off < 0) {
        return lit(kVoid, 1);
      }
    }
    const double floor = d.z < 0 ? -eye_.z / d.z : kNever;
    if (enter >= leave || (floor < enter)) return lit(kVoid, 1);
    if (floor <= leave) {
      nearest = floor;
      return ground(eye_.x + d.x * floor, eye_.y + d.y * floor);
    }
    const double z = eye_.z + d.z * leave;
    if (z >= kPanelHeight) return lit(kVoid, 1);
    nearest = leave;
    return wall(panel, eye_.x + d.x * leave - 0.5, eye_.y + d.y * leave - 0.5, z);
  }

  Sample ground(double x, double y) const {
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return lit(kFloor, 1);
    const double half = scene_.config.goal * kQ16 / 2;
    const double gx = x - scene_.goal.x * kQ16, gy = y - scene_.goal.y * kQ16;
    const bool goal = gx > -half && gx < half && gy > -half && gy < half;
    // The gripper's shadow, straight below it, tells its height.
    const double px = x - state_.x * kQ16, py = y - state_.y * kQ16,
                 radius = scene_.config.gripper * kQ16;
    return lit(goal ? kGoal : kTop, px * px + py * py < radius * radius ? 0.55 : 1);
  }

  Sample wall(int panel, double x, double y, double z) const {
    const Vec& n = normals_[static_cast<size_t>(panel)];
    // From left to right as seen from inside.
    const double across = (n.y * x - n.x * y) / kPanelWidth + 0.5;
    const Bitmap& bitmap =
        scene_.bank->textures[static_cast<size_t>(scene_.panels[static_cast<size_t>(panel)])]
            .mips[level_];
    const int u = std::clamp(static_cast<int>(across * bitmap.width), 0, bitmap.width - 1);
    const int v =
        std::clamp(static_cast<int>((1 - z / kPanelHeight) * bitmap.height), 0, bitmap.height - 1);
    return lit(bitmap.texels[static_cast<size_t>(v * bitmap.width + u)], kShade, 1 + panel);
  }

  void cube(int k, const Vec& d, double& nearest, Sample& seen) const {
    const CubeState& c = state_.cubes[static_cast<size_t>(k)];
    const double half = scene_.config.side * kQ16 / 2;
    const std::array<double, 3> low{c.x * kQ16 - half, c.y * kQ16 - half, c.z * kQ16};
    const std::array<double, 3> from{eye_.x, eye_.y, eye_.z}, along{d.x, d.y, d.z};
    double enter = 0, leave = nearest;
    int axis = -1;
    for (size_t a = 0; a < 3; ++a) {
      const double high = low[a] + 2 * half;
      if (along[a] > -1e-12 && along[a] < 1e-12) {
        if (from[a] < low[a] || from[a] > high) return;
        continue;
      }
      double in = (low[a] - from[a]) / along[a], out = (high - from[a]) / along[a];
      if (in > out) std::swap(in, out);
      if (in > enter) enter = in, axis = static_cast<int>(a);
      leave = std::min(leave, out);
    }
    if (axis < 0 || enter >= leave) return;
    nearest = enter;
    constexpr std::array<double, 3> kLight{0.62, 0.78, 1};  // sides along x, along y, top
    seen = lit(kCubeColours[static_cast<size_t>(scene_.colours[static_cast<size_t>(k)])].colour,
               kLight[static_cast<size_t>(axis)], table_face_of_cube(k));
  }

  // A flat disc.
  void gripper(const Vec& d, double& nearest, Sample& seen) const {
    if (d.z >= 0) return;
    const double t = (state_.z * kQ16 + 0.005 - eye_.z) / d.z;
    const double x = eye_.x + d.x * t - state_.x * kQ16, y = eye_.y + d.y * t - state_.y * kQ16;
    const double radius = scene_.config.gripper * kQ16;
    if (t <= 0 || t >= nearest || x * x + y * y >= radius * radius) return;
    nearest = t;
    seen = lit(state_.closed ? kClosed : kOpen, 1);
  }

  const TableScene& scene_;
  const TableState& state_;
  Vec eye_, ahead_, right_, up_;
  std::array<Vec, kPanels> normals_;
  size_t level_ = 0;
};

// As in the maze: what most of four samples show, the first of those that are equally many.
uint16_t majority(const std::array<Sample, 4>& s) {
  if (s[0].face == s[1].face || s[0].face == s[2].face || s[0].face == s[3].face) return s[0].face;
  if (s[1].face == s[2].face || s[1].face == s[3].face) return s[1].face;
  return s[2].face == s[3].face ? s[2].face : s[0].face;
}

}  // namespace

void render(const TableScene& scene, const TableState& state, std::span<uint8_t> rgb,
            std::span<uint16_t> face) {
  const TableConfig& c = scene.config;
  const size_t pixels = static_cast<size_t>(c.pixels());
  require((rgb.empty() || rgb.size() == pixels * 3) && (face.empty() || face.size() == pixels),
          ErrorKind::Internal, "render: planes of another size");
  const Picture picture(scene, state);
  size_t pixel = 0;
  for (int j = 0; j < c.height; ++j)
    for (int i = 0; i < c.width; ++i, ++pixel) {
      const std::array<Sample, 4> s{picture.sample(2 * i, 2 * j), picture.sample(2 * i + 1, 2 * j),
                                    picture.sample(2 * i, 2 * j + 1),
                                    picture.sample(2 * i + 1, 2 * j + 1)};
      if (!rgb.empty())
        for (size_t k = 0; k < 3; ++k)
          rgb[pixel * 3 + k] = static_cast<uint8_t>(
              (s[0].colour[k] + s[1].colour[k] + s[2].colour[k] + s[3].colour[k] + 2) / 4);
      if (!face.empty()) face[pixel] = majority(s);
    }
}

}  // namespace svg::world
