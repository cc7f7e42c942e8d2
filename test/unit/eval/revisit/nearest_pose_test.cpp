#include "libcore/eval/revisit/nearest_pose.h"

#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE("The nearest given pose: first where equal, by place and heading") {
  const auto cell = world::kCell;
  const auto degrees = world::kDegree;
  const std::vector<world::Pose> poses = {
      {0, 0, 0},
      {0, 0, 90 * degrees},
      {4 * cell, 0, 0},
      {0, 0, 0},                            // given
      {0, 0, 0},                            // as the first and the fourth
      {0, 0, 80 * degrees},                 // the second, a little turned
      {4 * cell, cell / 8, 355 * degrees},  // the third, over the end of the circle
  };
  CATCH_CHECK(nearest_frames(poses, 4, 7) == std::vector<int64_t>{0, 1, 2});
  CATCH_CHECK(nearest_frames(poses, 4, 4).empty());
}
