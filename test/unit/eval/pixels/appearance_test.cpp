// Saturation, luminance and sharpness beside OpenCV and NumPy (test/golden/pixel_metrics.py).
#include "libcore/eval/pixels/appearance.h"

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/reference_file.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE("Saturation, luminance and sharpness are those of the references") {
  const test::ReferenceFile file("pixel_metrics/frames.safetensors");
  int frames = 0;
  for (; file.has(cat(frames, ".frame")); ++frames) {
    CATCH_CAPTURE(frames);
    const auto pixels = file.bytes(cat(frames, ".frame"));
    const auto shape = file.shape(cat(frames, ".frame"));
    const auto expected = file.doubles(cat(frames, ".expected"));
    const auto found =
        appearance({pixels.data(), static_cast<int>(shape[0]), static_cast<int>(shape[1])});
    const auto near = [](double value) { return Approx(value).margin(1e-9).epsilon(1e-12); };
    CATCH_CHECK(found.saturation == near(expected[0]));
    CATCH_CHECK(found.luminance == near(expected[1]));
    CATCH_CHECK(found.luminance_std == near(expected[2]));
    CATCH_CHECK(found.laplacian_variance == near(expected[3]));
  }
  CATCH_CHECK(frames == 8);
}

CATCH_TEST_CASE("A plain frame has no deviation at all, and one without pixels no appearance") {
  const auto grey = appearance(view_of(video::Image(31, 17, 77)));
  CATCH_CHECK(grey.luminance == 77);
  CATCH_CHECK(grey.luminance_std == 0);
  CATCH_CHECK(grey.laplacian_variance == 0);
  CATCH_CHECK(test::failure_of([] { appearance({}); }).kind == ErrorKind::Config);
}
