// Frames a second on one core, for each profile: poses along random walks in several mazes.
#include <cstdio>
#include <ctime>

#include "libcore/world/render.h"
#include "libcore/world/script.h"

int main() {
  using namespace svg::world;
  for (const char* profile : {"full", "small", "tiny", "view"}) {
    WorldConfig config = make_config({.profile = profile});
    std::vector<uint8_t> rgb(config.frame_bytes());
    std::vector<uint16_t> face(static_cast<size_t>(config.pixels()));
    size_t frames = 0;
    double seconds = 0;
    for (uint64_t seed = 0; seconds < 2; ++seed) {
      Scene scene = make_scene(config, seed, seed);
      Random random(seed);
      std::vector<Pose> poses = poses_of(make_plan(scene, "walk", 18, random), config);
      std::clock_t start =
          std::clock();  // time of the processor: other work on the machine does not count
      for (const Pose& pose : poses) render(scene, pose, rgb, face);
      seconds += static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
      frames += poses.size();
    }
    std::printf("%s %dx%d: %.0f frames/s a core\n", profile, config.width, config.height,
                frames / seconds);
  }
}
