// Numbers along a video: beside NumPy (test/golden/pixel_metrics.py), and by hand.
#include "libcore/eval/pixels/drift.h"

#include "test/support/catch.h"
#include "test/support/reference_file.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE("Slope and contrast of start and end are NumPy's") {
  const test::ReferenceFile file("pixel_metrics/series.safetensors");
  int series = 0;
  for (; file.has(cat(series, ".values")); ++series) {
    CATCH_CAPTURE(series);
    const auto values = file.doubles(cat(series, ".values"));
    const auto expected = file.doubles(cat(series, ".expected"));
    CATCH_CHECK(slope(values).value() == Approx(expected[0]).epsilon(1e-10));
    CATCH_CHECK(start_end_contrast(values).value() == Approx(expected[1]).epsilon(1e-10));
  }
  CATCH_CHECK(series == 5);
}

CATCH_TEST_CASE("One value has neither slope nor contrast, none no worst") {
  CATCH_CHECK_FALSE(slope({3}));
  CATCH_CHECK_FALSE(start_end_contrast({3}));
  CATCH_CHECK_FALSE(worst_of({}, Worst::Least));
}

CATCH_TEST_CASE("A collapse in the middle shows in the worst chunk, not from start to end") {
  const std::vector<double> decibels = {20, 20, 9, 20, 20};
  CATCH_CHECK(start_end_contrast(decibels) == 0.0);
  CATCH_CHECK(worst_of(decibels, Worst::Least) == 9.0);
  CATCH_CHECK(worst_of({3, -7, 5}, Worst::FarthestFromZero) == -7.0);
}

CATCH_TEST_CASE("Frames until a limit count those in front of the first below it") {
  CATCH_CHECK(frames_until_below({0.9, 0.3, 0.29, 0.8}, 0.3) == 2);
  CATCH_CHECK(frames_until_below({0.9, 0.3}, 0.3) == 2);
  CATCH_CHECK(frames_until_below({0.1, 0.9}, 0.3) == 0);
}
