// The picture that a camera sees. Doubles with + - * / alone, so that every compiler gives the same
// bytes.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "libcore/world/scene.h"

namespace svg::world {

// Faces that wear another texture than the scene gives them: {face id, texture id}.
using Repaint = std::vector<std::pair<uint16_t, int>>;

// rgb [H,W,3] and face [H,W] (0 = floor, ceiling); either may be empty. 2x2 samples a pixel; the
// face of a pixel is the one that most of its samples hit, the first of them in reading order where
// two are equal.
void render(const Scene& scene, const Pose& pose, std::span<uint8_t> rgb, std::span<uint16_t> face);
void render_with(const Scene& scene, const Pose& pose, const Repaint& repaint,
                 std::span<uint8_t> rgb, std::span<uint16_t> face);

struct ColumnRange {
  int first = 0, last = 0;  // [first, last)
};
// The same of these columns alone; the other pixels stay as they are.
void render_with(const Scene& scene, const Pose& pose, const Repaint& repaint, ColumnRange columns,
                 std::span<uint8_t> rgb, std::span<uint16_t> face);

}  // namespace svg::world
