// Depth and flow against what the renderer shows: the same faces, the same colours, the same
// places.
#include "libcore/world/flow.h"

#include <cmath>
#include <cstdlib>

#include "libcore/world/episode.h"
#include "libcore/world/render.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::world;

namespace {

struct Seen {
  std::vector<uint8_t> rgb;
  std::vector<uint16_t> face;
  std::vector<float> depth;
};

Seen seen_from(const Scene& scene, const Pose& pose) {
  const auto pixels = static_cast<size_t>(scene.config.pixels());
  Seen s{std::vector<uint8_t>(3 * pixels), std::vector<uint16_t>(pixels),
         std::vector<float>(pixels)};
  render(scene, pose, s.rgb, s.face);
  render_depth(scene, pose, s.depth);
  return s;
}

std::vector<float> flow_between(const Scene& scene, const Pose& from, const Pose& to) {
  std::vector<float> flow(2 * static_cast<size_t>(scene.config.pixels()));
  render_flow(scene, from, to, flow);
  return flow;
}

double colour_difference(const Seen& a, size_t i, const Seen& b, size_t j) {
  double sum = 0;
  for (size_t c = 0; c < 3; ++c) sum += std::abs(a.rgb[3 * i + c] - b.rgb[3 * j + c]);
  return sum / 3;
}

}  // namespace

CATCH_TEST_CASE("Where flow leads, the next frame shows the same face in the same colours") {
  for (const std::string profile : {"full", "view", "tiny"}) {
    CATCH_CAPTURE(profile);
    const auto config = make_config({.profile = profile});
    const int width = config.width, height = config.height;
    const auto pixels = static_cast<size_t>(config.pixels());
    int64_t led = 0, same_face = 0, shown = 0;
    double along = 0, still = 0;
    for (uint64_t seed = 0; seed < 6; ++seed) {
      const auto episode =
          make_episode(config, "walk", {seed, seed + 1, seed}, 12, Sentences::Plain, "maze/x");
      for (size_t t = 0; t + 1 < episode.poses.size(); t += 3) {
        const auto& scene = episode.scene;
        const Seen now = seen_from(scene, episode.poses[t]);
        const Seen next = seen_from(scene, episode.poses[t + 1]);
        const auto flow = flow_between(scene, episode.poses[t], episode.poses[t + 1]);
        for (size_t i = 0; i < pixels; ++i) {
          ++shown;
          if (std::isnan(flow[i])) continue;
          const int x = static_cast<int>(i) % width, y = static_cast<int>(i) / width;
          const int to_x = static_cast<int>(x + 0.5 + flow[i]);
          const int to_y = static_cast<int>(y + 0.5 + flow[pixels + i]);
          CATCH_REQUIRE((to_x >= 0 && to_x <= width && to_y >= 0 && to_y <= height));
          const auto j =
              static_cast<size_t>(std::min(to_y, height - 1) * width + std::min(to_x, width - 1));
          ++led;
          same_face += now.face[i] == next.face[j];
          along += colour_difference(now, i, next, j);
          still += colour_difference(now, i, next, i);
        }
      }
    }
    // A border between faces runs through a pixel.
    CATCH_CHECK(static_cast<double>(same_face) > 0.97 * static_cast<double>(led));
    CATCH_CHECK(led > shown / 2);
    CATCH_CHECK(along < 0.5 * still);
  }
}

CATCH_TEST_CASE(
    "A turn at equal angles moves every pixel by whole columns; what leaves is hidden") {
  const auto config = make_config({.profile = "view"});
  const auto scene = make_scene(config, 4, 5);
  Random random(1);
  const Pose pose = random_start(scene, random);
  const auto flow = flow_between(scene, pose, moved(pose, {.turn = 720}));  // 11.25 degrees
  const auto pixels = static_cast<size_t>(config.pixels());
  for (size_t i = 0; i < pixels; ++i) {
    const bool leaves = static_cast<int>(i) % config.width >= config.width - 8;
    CATCH_REQUIRE(std::isnan(flow[i]) == leaves);
    if (leaves) continue;
    CATCH_REQUIRE(flow[i] == Approx(8).margin(1e-4));
    CATCH_REQUIRE(flow[pixels + i] == Approx(0).margin(1e-4));
  }
}

CATCH_TEST_CASE("Standing still moves nothing, turning round hides everything") {
  for (const std::string profile : {"full", "tiny"}) {
    const auto config = make_config({.profile = profile});
    const auto scene = make_scene(config, 7, 8);
    Random random(2);
    const Pose pose = random_start(scene, random);
    for (const float d : flow_between(scene, pose, pose)) CATCH_REQUIRE(std::abs(d) < 1e-5F);
    for (const float d : flow_between(scene, pose, moved(pose, {.turn = kTurn / 2})))
      CATCH_REQUIRE(std::isnan(d));
  }
}

CATCH_TEST_CASE("Depth is what a step forward takes off, at the middle of the picture") {
  const auto config = make_config({.profile = "full"});
  const auto scene = make_scene(config, 11, 12);
  Random random(3);
  const Pose pose = random_start(scene, random);
  const auto before = seen_from(scene, pose);
  const int32_t step = kCell / 50;
  const auto after = seen_from(scene, moved(pose, {.forward = step}));
  const size_t middle = static_cast<size_t>(config.height / 2 * config.width + config.width / 2);
  CATCH_REQUIRE(before.face[middle] != 0);
  // A pixel beside the axis: the wall may slant.
  CATCH_CHECK(before.depth[middle] - after.depth[middle] == Approx(0.02).epsilon(0.05));
}
