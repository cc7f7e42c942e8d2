#include "libcore/eval/revisit/viewpoint.h"

#include "libcore/world/visits.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE("The nearest given view: first where equal, by place and heading") {
  const std::vector<Viewpoint> views = {
      {.yaw = 0},
      {.yaw = 90},
      {.x = 4},
      {.yaw = 0},                        // given
      {.yaw = 0},                        // as the first and the fourth
      {.yaw = 80},                       // the second, a little turned
      {.x = 4, .y = 0.125, .yaw = 355},  // the third, over the end of the circle
  };
  CATCH_CHECK(nearest_frames(views, 4, 7) == std::vector<int64_t>{0, 1, 2});
  CATCH_CHECK(nearest_frames(views, 4, 4).empty());
  // In units a hundred times as small a radius is a hundred times as large.
  auto centimetres = views;
  for (auto& view : centimetres) view.x *= 100, view.y *= 100;
  CATCH_CHECK(nearest_frames(centimetres, 4, 7, {.radius = 5}) == std::vector<int64_t>{0, 1, 2});
}

CATCH_TEST_CASE("A return is a view seen before, left, and seen again") {
  // Stands still for two frames, turns away and back, goes off, comes back to within the radius.
  const std::vector<Viewpoint> views = {{.yaw = 10}, {.yaw = 10.5},       {.yaw = 40},
                                        {.yaw = 70}, {.yaw = 40},         {.yaw = 11},
                                        {.yaw = 10}, {.x = 3, .yaw = 10}, {.x = 0.04, .yaw = -351}};
  const auto returns = returns_by_pose(views, 4, {});
  CATCH_REQUIRE(returns.size() == 4);
  CATCH_CHECK(returns[0].frame == 4);
  CATCH_CHECK(returns[0].first == 2);
  CATCH_CHECK(returns[0].gap == 2);
  CATCH_CHECK(returns[0].ord == 2);
  // Of the two frames of the first visit the nearer one.
  CATCH_CHECK(returns[1].frame == 5);
  CATCH_CHECK(returns[1].first == 1);
  CATCH_CHECK(returns[2].frame == 6);
  CATCH_CHECK(returns[2].first == 0);
  CATCH_CHECK(returns[2].ord == 2);  // the same visit goes on
  CATCH_CHECK(returns[3].frame == 8);
  CATCH_CHECK(returns[3].first == 0);
  CATCH_CHECK(returns[3].ord == 3);
  CATCH_CHECK(returns[1].place == returns[3].place);
  CATCH_CHECK(returns[0].place != returns[1].place);
  // Who never leaves does not come back.
  CATCH_CHECK(returns_by_pose({{}, {}, {}, {}}, 2, {}).empty());
  // Neither does who looks up where they looked ahead.
  CATCH_CHECK(returns_by_pose({{}, {.yaw = 90}, {.pitch = 30}}, 2, {}).empty());
}
