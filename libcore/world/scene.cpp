#include "libcore/world/scene.h"

#include "libcore/base/error.h"
#include "libcore/world/layout.h"
#include "libcore/world/random.h"

namespace svg::world {
namespace {

constexpr int kStepX[] = {1, 0, -1, 0}, kStepY[] = {0, 1, 0, -1};

void number_faces(Scene& scene) {
  scene.face_of.assign(scene.open.size(), {0, 0, 0, 0});
  for (int y = 0; y < scene.cells_h; ++y)
    for (int x = 0; x < scene.cells_w; ++x) {
      if (!scene.is_open(x, y)) continue;
      size_t cell = static_cast<size_t>(y) * scene.cells_w + x;
      for (int side = 0; side < 4; ++side) {
        if (scene.is_open(x + kStepX[side], y + kStepY[side])) continue;
        scene.faces.push_back({x, y, side, 0, scene.room_of[cell]});
        scene.face_of[cell][side] = static_cast<uint16_t>(scene.faces.size());
      }
    }
  for (size_t i = 0; i < scene.pillars.size(); ++i)
    scene.pillars[i].face = static_cast<uint16_t>(scene.faces.size() + 1 + i);
}

void paint(Scene& scene) {
  const TextureBank& bank = *scene.bank;
  Random random = Random(scene.appearance_seed).fork("textures");
  bool held_out = seed_range(scene.appearance_seed).split == std::string("ood");
  int first = held_out ? bank.trained : 0;
  int count = (held_out ? static_cast<int>(bank.textures.size()) : bank.trained) - first;
  for (Face& face : scene.faces)
    face.texture = first + static_cast<int>(random.below(static_cast<uint32_t>(count)));
  if (!bank.shaded) return;
  // No two rooms share a tint, so that no two places look alike.
  Random tints = Random(scene.appearance_seed).fork("tints");
  std::vector<int> free;
  for (size_t i = 0; i < bank.tints.size(); ++i) free.push_back(static_cast<int>(i));
  for (Room& room : scene.rooms) {
    size_t pick = tints.below(static_cast<uint32_t>(free.size()));
    room.tint = free[pick];
    free.erase(free.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  Random colours = Random(scene.appearance_seed).fork("pillars");
  for (Pillar& pillar : scene.pillars)
    pillar.colour = static_cast<int>(colours.below(static_cast<uint32_t>(bank.pillars.size())));
  Random light = Random(scene.appearance_seed).fork("light");
  for (double& side : scene.side_light) side = 0.75 + light.below(251) * 0.001;
}

}  // namespace

const SeedRange& seed_range(const std::string& split) {
  for (const SeedRange& range : kSplits)
    if (split == range.split) return range;
  fail(ErrorKind::Usage, "unknown split ", split, ": expected train, val, test or ood");
}

const SeedRange& seed_range(uint64_t seed) {
  for (const SeedRange& range : kSplits)
    if (seed < range.first + range.count) return range;
  return kSplits[3];
}

Scene make_scene(const WorldConfig& config, uint64_t geometry_seed, uint64_t appearance_seed) {
  Scene scene;
  scene.config = config;
  scene.bank = &texture_bank(config.profile);
  scene.geometry_seed = geometry_seed;
  scene.appearance_seed = appearance_seed;
  lay_out(scene);
  number_faces(scene);
  paint(scene);
  return scene;
}

bool can_stand(const Scene& scene, int32_t x, int32_t y) {
  int32_t m = scene.config.margin_q16;
  for (int32_t dx : {-m, m})
    for (int32_t dy : {-m, m})
      if (!scene.is_open((x + dx) >> 16, (y + dy) >> 16)) return false;
  for (const Pillar& pillar : scene.pillars) {
    int64_t dx = x - pillar.x * kCell, dy = y - pillar.y * kCell, near = kPillarRadius + m;
    if (dx * dx + dy * dy < near * near) return false;
  }
  return true;
}

}  // namespace svg::world
