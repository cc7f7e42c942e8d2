#include "libcore/world/flow.h"

#include <cmath>
#include <limits>

#include "libcore/base/error.h"
#include "libcore/world/rays.h"

namespace svg::world {
namespace {

constexpr double kPi = 3.14159265358979323846;
// Of the way to a point: nothing that is as near to it hides it.
constexpr double kTouch = 1e-6;

struct Point {
  double x = 0, y = 0, z = 0;  // cells; z above the eye
  double depth = 0;
};

// The points in the middle of the pixels of a column, from top to bottom.
class Column {
 public:
  Column(const Scene& scene, const Pose& pose, int x)
      : config_(scene.config),
        px_(pose.x * kQ16),
        py_(pose.y * kQ16),
        ray_(middle_ray(config_, pose, x)) {
    const Hit hit = cast(scene, px_, py_, ray_);
    const PillarHit pillar = cast_pillars(scene, px_, py_, ray_, hit.depth);
    depth_ = pillar.pillar ? pillar.depth : hit.depth;
  }

  Point at(int y) const {
    const double rise = (config_.height / 2 - y - 0.5) / config_.focal;  // a unit of depth
    const double half = config_.wall_height / 2;
    // What stands upright, else the floor or the ceiling in front of it.
    const double most = half / std::abs(rise), depth = depth_ < most ? depth_ : most;
    return {px_ + ray_.dx * depth, py_ + ray_.dy * depth, rise * depth, depth};
  }

 private:
  const WorldConfig& config_;
  double px_, py_;
  Ray ray_;
  double depth_ = 0;
};

// Where a camera shows a point, in pixels from the picture's corner.
struct Shown {
  double x = 0, y = 0;
  bool visible = false;
};

class Camera {
 public:
  Camera(const Scene& scene, const Pose& pose)
      : scene_(scene),
        config_(scene.config),
        pose_(pose),
        px_(pose.x * kQ16),
        py_(pose.y * kQ16),
        cosine_(cosine_q30(pose.yaw) * kQ30),
        sine_(sine_q30(pose.yaw) * kQ30) {}

  Shown show(const Point& point) const {
    const double dx = point.x - px_, dy = point.y - py_;
    const double forward = cosine_ * dx + sine_ * dy, left = cosine_ * dy - sine_ * dx;
    Shown shown;
    double depth = forward;
    if (config_.equal_angles) {
      const double angle = std::atan2(left, forward) * (kTurn / 2 / kPi);
      shown.x = config_.width / 2 - angle * config_.width / config_.field_of_view;
      depth = std::sqrt(dx * dx + dy * dy);
    } else if (forward > 0) {
      shown.x = config_.width / 2 - config_.focal * left / forward;
    }
    if (depth <= 0) return shown;
    shown.y = config_.height / 2 - config_.focal * point.z / depth;
    shown.visible = shown.x >= 0 && shown.x < config_.width && shown.y >= 0 &&
                    shown.y < config_.height && sees(dx, dy);
    return shown;
  }

 private:
  // Walls and pillars reach from floor to ceiling: what stands before a point hides it.
  bool sees(double dx, double dy) const {
    const Ray ray{dx, dy};
    return cast(scene_, px_, py_, ray).depth >= 1 - kTouch &&
           cast_pillars(scene_, px_, py_, ray, 1 - kTouch).pillar == nullptr;
  }

  const Scene& scene_;
  const WorldConfig& config_;
  Pose pose_;
  double px_, py_, cosine_, sine_;
};

}  // namespace

void render_depth(const Scene& scene, const Pose& pose, std::span<float> depth) {
  const WorldConfig& config = scene.config;
  require(depth.size() == static_cast<size_t>(config.pixels()), ErrorKind::Internal,
          "render_depth: room for ", depth.size(), " pixels");
  for (int x = 0; x < config.width; ++x) {
    const Column column(scene, pose, x);
    for (int y = 0; y < config.height; ++y)
      depth[static_cast<size_t>(y * config.width + x)] = static_cast<float>(column.at(y).depth);
  }
}

void render_flow(const Scene& scene, const Pose& from, const Pose& to, std::span<float> flow) {
  const WorldConfig& config = scene.config;
  const auto pixels = static_cast<size_t>(config.pixels());
  require(flow.size() == 2 * pixels, ErrorKind::Internal, "render_flow: room for ", flow.size(),
          " numbers");
  constexpr float kHidden = std::numeric_limits<float>::quiet_NaN();
  const Camera next(scene, to);
  for (int x = 0; x < config.width; ++x) {
    const Column column(scene, from, x);
    for (int y = 0; y < config.height; ++y) {
      const Shown shown = next.show(column.at(y));
      const auto pixel = static_cast<size_t>(y * config.width + x);
      flow[pixel] = shown.visible ? static_cast<float>(shown.x - x - 0.5) : kHidden;
      flow[pixels + pixel] = shown.visible ? static_cast<float>(shown.y - y - 0.5) : kHidden;
    }
  }
}

}  // namespace svg::world
