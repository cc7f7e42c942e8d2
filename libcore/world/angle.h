// Integer angles and fixed-point positions: the same with every compiler, and a walk there and back
// ends exactly where it began. An angle counts 1/64 degree, counter-clockwise, 0 = +x, in [0,
// kTurn).
#pragma once
#include <cstdint>

namespace svg::world {

inline constexpr int kDegree = 64;
inline constexpr int kTurn = 360 * kDegree;
inline constexpr int32_t kCell = 1 << 16;  // one cell in Q16.16

inline int wrap_angle(int a) {
  a %= kTurn;
  return a < 0 ? a + kTurn : a;
}
// The smallest absolute difference of two angles, in [0, kTurn / 2].
inline int angle_between(int a, int b) {
  int d = wrap_angle(a - b);
  return d > kTurn / 2 ? kTurn - d : d;
}

// Q30, from a table of kTurn values made without libm; a in [0, kTurn).
int32_t sine_q30(int a);
inline int32_t cosine_q30(int a) {
  return sine_q30(a + kTurn / 4 >= kTurn ? a + kTurn / 4 - kTurn : a + kTurn / 4);
}

// Where the camera is: Q16.16 cells and an angle.
struct Pose {
  int32_t x = 0, y = 0;
  int yaw = 0;
  bool operator==(const Pose&) const = default;
};

// The movement of one frame: the turn comes first, then the walk along the new heading (forward)
// and to its left (side).
struct Motion {
  int turn = 0;                   // angle units, counter-clockwise positive
  int32_t forward = 0, left = 0;  // Q16.16 cells
  bool operator==(const Motion&) const = default;
};

Pose moved(const Pose& from, const Motion& by);

}  // namespace svg::world
