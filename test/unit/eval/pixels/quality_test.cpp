// PSNR, SSIM and flicker beside scikit-image and NumPy (test/golden/pixel_metrics.py).
#include "libcore/eval/pixels/flicker.h"
#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/ssim.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/reference_file.h"

using namespace svg;
using namespace svg::eval;
using test::failure_of;

namespace {

// What metrics.md 2.1 allows.
constexpr double kByteTolerance = 1e-9, kFloatTolerance = 1e-5;
// scikit-image's SSIM of frames that are smaller than its window: none.
constexpr double kTooSmall = -2;

int side(const std::vector<int64_t>& shape, size_t axis) {
  return static_cast<int>(shape[axis]);
}

template <class Frame>
void check_ssim(double expected, const Frame& a, SsimWindow window, double tolerance,
                auto ssim_of) {
  if (expected == kTooSmall) {
    const auto failure = failure_of([&] { ssim_of(window); });
    CATCH_CHECK(failure.kind == ErrorKind::Config);
    CATCH_CHECK(failure.says(cat(a.width, "x", a.height)));
    return;
  }
  CATCH_CHECK(ssim_of(window) == Approx(expected).margin(tolerance).epsilon(0));
}

}  // namespace

CATCH_TEST_CASE("PSNR, SSIM and steadiness of bytes are those of the references") {
  const test::ReferenceFile file("pixel_metrics/pairs.safetensors");
  int pairs = 0;
  for (; file.has(cat("byte.", pairs, ".a")); ++pairs) {
    CATCH_CAPTURE(pairs);
    const auto name = cat("byte.", pairs);
    const auto a = file.bytes(name + ".a"), b = file.bytes(name + ".b");
    const auto shape = file.shape(name + ".a");
    const ByteFrame x{a.data(), side(shape, 0), side(shape, 1)};
    const ByteFrame y{b.data(), x.height, x.width};
    const auto expected = file.doubles(name + ".expected");
    const auto ssim_of = [&](SsimWindow window) { return ssim(x, y, window); };
    CATCH_CHECK(psnr(x, y) == Approx(expected[0]).margin(kByteTolerance).epsilon(0));
    check_ssim(expected[1], x, SsimWindow::Uniform, kByteTolerance, ssim_of);
    check_ssim(expected[2], x, SsimWindow::Gaussian, kByteTolerance, ssim_of);
    CATCH_CHECK(steadiness(x, y) == Approx(expected[3]).margin(kByteTolerance).epsilon(0));
  }
  CATCH_CHECK(pairs == 10);
}

CATCH_TEST_CASE("PSNR and SSIM of floats are filtered in f32, as in the reference") {
  const test::ReferenceFile file("pixel_metrics/pairs.safetensors");
  int pairs = 0;
  for (; file.has(cat("float.", pairs, ".a")); ++pairs) {
    CATCH_CAPTURE(pairs);
    const auto name = cat("float.", pairs);
    const auto a = file.floats(name + ".a"), b = file.floats(name + ".b");
    const auto shape = file.shape(name + ".a");
    const double range = file.doubles(name + ".range")[0];
    const FloatFrame x{a.data(), side(shape, 0), side(shape, 1)};
    const FloatFrame y{b.data(), x.height, x.width};
    const auto expected = file.doubles(name + ".expected");
    const auto ssim_of = [&](SsimWindow window) { return ssim(x, y, range, window); };
    CATCH_CHECK(psnr(x, y, range) == Approx(expected[0]).margin(kFloatTolerance).epsilon(0));
    check_ssim(expected[1], x, SsimWindow::Uniform, kFloatTolerance, ssim_of);
    check_ssim(expected[2], x, SsimWindow::Gaussian, kFloatTolerance, ssim_of);
  }
  CATCH_CHECK(pairs == 3);
}

CATCH_TEST_CASE("Equal frames have 100 dB and SSIM 1, frames of two sizes are refused") {
  const video::Image grey(12, 15, 90), narrow(12, 14, 90);
  CATCH_CHECK(psnr(view_of(grey), view_of(grey)) == kPsnrOfEqualFrames);
  CATCH_CHECK(ssim(view_of(grey), view_of(grey)) == 1);
  CATCH_CHECK(steadiness(view_of(grey), view_of(grey)) == 1);
  for (const auto& failure : {failure_of([&] { psnr(view_of(grey), view_of(narrow)); }),
                              failure_of([&] { ssim(view_of(grey), view_of(narrow)); }),
                              failure_of([&] { steadiness(view_of(grey), view_of(narrow)); })}) {
    CATCH_CHECK(failure.kind == ErrorKind::Config);
    CATCH_CHECK(failure.says("15x12 and 14x12"));
  }
}
