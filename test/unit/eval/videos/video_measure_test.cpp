// What a video's numbers are made of; the numbers of frames have tests of their own (../pixels).
#include "libcore/eval/videos/video_measure.h"

#include <cmath>
#include <map>

#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/ssim.h"
#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
using namespace svg::eval;
using video::Image;

namespace {

// Stripes of a phase: frames that differ, but are no scene cuts.
Image stripes(int phase, int brightness = 0, int side = 12) {
  Image image(side, side);
  for (int i = 0; i < side * side * 3; ++i)
    image.rgb[static_cast<size_t>(i)] =
        static_cast<uint8_t>(100 + brightness + 10 * ((i / 3 + phase) % 4));
  return image;
}

std::map<std::string, std::optional<double>> by_name(const VideoScores& video) {
  std::map<std::string, std::optional<double>> scores;
  for (const auto& score : video.scores) scores[score.metric] = score.value;
  return scores;
}

}  // namespace

CATCH_TEST_CASE("A video's quality is the mean over its frames, chunk by chunk and whole") {
  VideoMeasure measure({Metric::Psnr, Metric::Ssim}, true, "walk");
  std::vector<double> decibels;
  for (int t = 0; t < 7; ++t) {
    const Image ours = stripes(t, t + 1), theirs = stripes(t);
    decibels.push_back(psnr(view_of(ours), view_of(theirs)));
    measure.add(ours, &theirs, t / 4);
  }
  const auto video = measure.finish();
  const auto chunks = chunk_means(video);
  CATCH_REQUIRE(chunks.size() == 2);
  CATCH_CHECK(chunks[0].frames == 4);
  CATCH_CHECK(chunks[1].frames == 3);
  CATCH_CHECK(chunks[1].values[0] == Approx((decibels[4] + decibels[5] + decibels[6]) / 3));
  double sum = 0;
  for (const double value : decibels) sum += value;
  CATCH_CHECK(by_name(video).at("psnr").value() == Approx(sum / 7));
}

CATCH_TEST_CASE("Drift against the truth is a difference, and falls where brightness grows") {
  VideoMeasure beside({Metric::Drift}, true, "walk"), alone({Metric::Drift}, false, "walk");
  for (int t = 0; t < 8; ++t) {
    const Image ours = stripes(t, 5 * (t / 2)), theirs = stripes(t);
    beside.add(ours, &theirs, t / 2);
    alone.add(ours, nullptr, t / 2);
  }
  const auto drift = by_name(beside.finish());
  CATCH_CHECK(drift.at("drift_luminance_difference").value() == Approx(7.5));
  CATCH_CHECK(drift.at("drift_luminance_difference_slope").value() == Approx(5));
  CATCH_CHECK(drift.at("drift_luminance_difference_worst").value() == Approx(15));
  CATCH_CHECK(drift.at("drift_psnr_slope").value() < 0);
  CATCH_CHECK(drift.at("frames_until_ssim_0.3") == 8.0);
  const auto own = by_name(alone.finish());
  CATCH_CHECK(own.at("drift_luminance").value() == Approx(115 + 7.5));
  CATCH_CHECK(own.at("drift_luminance_slope").value() == Approx(5));
  CATCH_CHECK(own.count("drift_psnr_slope") == 0);
}

CATCH_TEST_CASE("GSC sets the way back, last frame first, beside the way out") {
  VideoMeasure there_and_back({Metric::Gsc}, false, "walk"), drifting({Metric::Gsc}, false, "walk");
  const int phases[] = {0, 1, 2, 2, 1, 0};
  for (int t = 0; t < 6; ++t) {
    there_and_back.add(stripes(phases[t]), nullptr, 0);
    drifting.add(stripes(phases[t], t < 3 ? 0 : 7), nullptr, 0);
  }
  CATCH_CHECK(by_name(there_and_back.finish()).at("gsc_psnr") == kPsnrOfEqualFrames);
  const Image out = stripes(1), back = stripes(1, 7);
  const auto gsc = by_name(drifting.finish());
  CATCH_CHECK(gsc.at("gsc_psnr").value() == Approx(psnr(view_of(out), view_of(back))));
  CATCH_CHECK(gsc.at("gsc_ssim").value() < 1);
}

CATCH_TEST_CASE("Flicker and scene cuts are of pairs: the first frame has none") {
  VideoMeasure measure({Metric::Flicker, Metric::ScutsContent}, false, "walk");
  for (int t = 0; t < 3; ++t) measure.add(stripes(0, t == 2 ? 51 : 0), nullptr, 0);
  const auto video = measure.finish();
  for (const auto& column : video.columns) {
    CATCH_CAPTURE(column.name);
    CATCH_CHECK(std::isnan(column.values[0]));
    CATCH_CHECK_FALSE(std::isnan(column.values[1]));
  }
  CATCH_CHECK(by_name(video).at("flicker").value() == Approx((1 + 0.8) / 2));
}

CATCH_TEST_CASE("A cut counts, and a seam shows, where a chunk begins with another scene") {
  VideoMeasure measure({Metric::ScutsContent, Metric::ScutsAdaptive, Metric::Seam}, false, "walk");
  for (int t = 0; t < 40; ++t) measure.add(stripes(t, t < 20 ? 0 : 100), nullptr, t / 20);
  const auto scores = by_name(measure.finish());
  CATCH_CHECK(scores.at("scuts_content") == 1.0);
  CATCH_CHECK(scores.at("scuts_adaptive") == 1.0);
  CATCH_CHECK(scores.at("seam").value() > 3);
}

CATCH_TEST_CASE("Videos that are too short or too small are named") {
  const auto measure = [](Metric metric, int frames, int side) {
    return test::failure_of([&] {
      VideoMeasure m({metric}, needs_reference(metric), "walk.mp4");
      const Image image = stripes(0, 0, side);
      for (int t = 0; t < frames; ++t) m.add(image, needs_reference(metric) ? &image : nullptr, 0);
      m.finish();
    });
  };
  CATCH_CHECK_FALSE(measure(Metric::Ssim, 1, 7).kind);
  CATCH_CHECK(measure(Metric::Ssim, 1, 6).says("walk.mp4: frames are 6x6"));
  CATCH_CHECK(measure(Metric::SsimGauss, 1, 10).says("11x11 window of ssim_gauss_v1"));
  CATCH_CHECK(measure(Metric::Psnr, 0, 8).says("walk.mp4: has 0 frames"));
  CATCH_CHECK(measure(Metric::Seam, 1, 8).says("has 1 frame, but seam_v1 needs 2"));
  CATCH_CHECK(measure(Metric::Gsc, 5, 8).says("even number"));
  CATCH_CHECK(measure(Metric::Gsc, 5, 8).kind == ErrorKind::Data);
}
