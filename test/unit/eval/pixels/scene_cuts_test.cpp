// Hue, scores, cuts beside OpenCV and PySceneDetect (test/golden/pixel_metrics.py); seams.
#include "libcore/eval/pixels/scene_cuts.h"

#include <fstream>
#include <string>

#include "libcore/base/hash.h"
#include "libcore/eval/pixels/hsv.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/reference_file.h"

using namespace svg;
using namespace svg::eval;

namespace {

// 1 for each frame that is a cut.
template <class Detector>
std::vector<uint8_t> cuts_of(const std::vector<double>& scores) {
  Detector detector;
  std::vector<uint8_t> cuts(scores.size(), 0);
  for (const double score : scores)
    if (const auto cut = detector.next(score)) cuts[static_cast<size_t>(*cut)] += 1;
  return cuts;
}

}  // namespace

CATCH_TEST_CASE("HSV is OpenCV's on all 2^24 colours") {
  std::string digest;
  std::getline(std::ifstream(SVG_SOURCE_DIR "/test/golden/pixel_metrics/hsv.sha256"), digest);
  Sha256 hash;
  std::vector<Hsv> row(256);
  for (int red = 0; red < 256; ++red) {
    for (int green = 0; green < 256; ++green) {
      for (int blue = 0; blue < 256; ++blue)
        row[static_cast<size_t>(blue)] = hsv_from_rgb(
            static_cast<uint8_t>(red), static_cast<uint8_t>(green), static_cast<uint8_t>(blue));
      static_assert(sizeof(Hsv) == 3);
      hash.update(std::as_bytes(std::span(row)));
    }
  }
  CATCH_CHECK(hash.hex() == digest);
}

CATCH_TEST_CASE("Scores and cuts of frames are PySceneDetect's") {
  const test::ReferenceFile file("pixel_metrics/scenes.safetensors");
  for (const std::string name : {"noise", "pan", "constant", "spliced", "bursts", "short"}) {
    CATCH_CAPTURE(name);
    const auto frames = file.bytes(name + ".frames");
    const auto shape = file.shape(name + ".frames");
    const int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
    const auto expected = file.doubles(name + ".scores");
    CATCH_REQUIRE(static_cast<int64_t>(expected.size()) == shape[0]);
    ContentScores content;
    std::vector<double> scores;
    double worst = 0;
    for (size_t t = 0; t < expected.size(); ++t) {
      const auto offset = t * static_cast<size_t>(height * width * kColors);
      scores.push_back(content.next({frames.data() + offset, height, width}));
      worst = std::max(worst, std::abs(scores.back() - expected[t]));
    }
    CATCH_CHECK(worst <= 1e-9);
    CATCH_CHECK(cuts_of<ContentCuts>(scores) == file.bytes(name + ".content"));
    CATCH_CHECK(cuts_of<AdaptiveCuts>(scores) == file.bytes(name + ".adaptive"));
  }
}

CATCH_TEST_CASE("Cuts of scores alone are PySceneDetect's, bursts and standstills included") {
  const test::ReferenceFile file("pixel_metrics/patterns.safetensors");
  const auto shape = file.shape("scores");
  const auto scores = file.doubles("scores");
  const auto content = file.bytes("content"), adaptive = file.bytes("adaptive");
  const auto length = static_cast<std::ptrdiff_t>(shape[1]);
  for (std::ptrdiff_t p = 0; p < static_cast<std::ptrdiff_t>(shape[0]); ++p) {
    CATCH_CAPTURE(p);
    const auto row = [&](const auto& all) {
      return std::vector(all.begin() + p * length, all.begin() + (p + 1) * length);
    };
    CATCH_CHECK(cuts_of<ContentCuts>(row(scores)) == row(content));
    CATCH_CHECK(cuts_of<AdaptiveCuts>(row(scores)) == row(adaptive));
  }
}

CATCH_TEST_CASE("A frame of another size cannot be scored") {
  ContentScores scores;
  const video::Image wide(4, 6), narrow(4, 5);
  CATCH_CHECK(scores.next(view_of(wide)) == 0);
  const auto failure = test::failure_of([&] { scores.next(view_of(narrow)); });
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("5x4 after 6x4"));
}

CATCH_TEST_CASE("The seam ratio sets medians at chunk borders against those inside") {
  // Chunks of four frames; the score of frame 0 says nothing.
  const std::vector<bool> border = {true,  false, false, false, true,  false,
                                    false, false, true,  false, false, false};
  const std::vector<double> scores = {99, 2, 4, 2, 12, 4, 2, 4, 6, 1, 50, 3};
  CATCH_CHECK(seam_ratio(scores, border) == 9.0 / 3.0);
  CATCH_CHECK_FALSE(seam_ratio({0, 1, 2}, {true, false, false}));  // one chunk
  CATCH_CHECK_FALSE(seam_ratio({0, 1, 2}, {true, true, true}));    // nothing inside
  CATCH_CHECK_FALSE(seam_ratio({0, 0, 2}, {true, false, true}));   // nothing moves inside
}
