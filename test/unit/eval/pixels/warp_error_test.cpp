// Warp error and motion beside NumPy's form of the reference (test/golden/flow_metrics.py).
#include "libcore/eval/pixels/warp_error.h"

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/reference_file.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE("Warp error and motion are those of the reference") {
  const test::ReferenceFile file("flow_metrics/warps.safetensors");
  int cases = 0;
  for (; file.has(cat(cases, ".from")); ++cases) {
    CATCH_CAPTURE(cases);
    const auto shape = file.shape(cat(cases, ".from"));
    const int height = static_cast<int>(shape[0]), width = static_cast<int>(shape[1]);
    const auto from = file.bytes(cat(cases, ".from")), to = file.bytes(cat(cases, ".to"));
    const auto flow = file.floats(cat(cases, ".flow"));
    const auto expected = file.doubles(cat(cases, ".expected"));
    const FlowView view{flow.data(), height, width};
    const auto near = [](double value) { return Approx(value).margin(1e-12).epsilon(1e-12); };
    CATCH_CHECK(warp_error({from.data(), height, width}, {to.data(), height, width}, view) ==
                near(expected[0]));
    CATCH_CHECK(mean_motion(view) == near(expected[1]));
    CATCH_CHECK(fastest_motion(view) == near(expected[2]));
  }
  CATCH_CHECK(cases == 9);
}

CATCH_TEST_CASE("MAWE divides by motion, and has no number where nothing moves") {
  CATCH_CHECK(motion_aware(19, 2).value() == 1);
  CATCH_CHECK_FALSE(motion_aware(19, 0).has_value());
  CATCH_CHECK_FALSE(motion_aware(0, 9e-7).has_value());
}

CATCH_TEST_CASE("A clip is dynamic where a quarter of its pairs moves fast enough for its size") {
  // 16 frames: 4 of 15 pairs have to move by more than 6 pixels of 256.
  std::vector<double> fastest(15, 0.0);
  for (size_t i = 0; i < 3; ++i) fastest[i] = 7;
  CATCH_CHECK_FALSE(is_dynamic(fastest, 16, 256));
  fastest[14] = 6;
  CATCH_CHECK_FALSE(is_dynamic(fastest, 16, 256));
  fastest[14] = 6.01;
  CATCH_CHECK(is_dynamic(fastest, 16, 256));
  CATCH_CHECK_FALSE(is_dynamic(fastest, 16, 512));
  CATCH_CHECK(is_dynamic(std::vector<double>(15, 2), 16, 64));
  CATCH_CHECK_FALSE(is_dynamic({0}, 2, 64));
}

CATCH_TEST_CASE("Flow of another size than the frames is refused") {
  const video::Image image(8, 8);
  const std::vector<float> flow(2 * 8 * 9);
  const auto failure = test::failure_of([&] {
    warp_error(view_of(image), view_of(image), {flow.data(), 8, 9});
  });
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("9x8"));
}
