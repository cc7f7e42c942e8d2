// nmr_v1: memory gains, standing still does not.
#include "libcore/eval/features/nmr_measure.h"

#include <cmath>
#include <functional>
#include <map>

#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/ssim.h"
#include "libcore/eval/videos/control_pairs.h"
#include "libcore/world/random.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;
using video::Image;

namespace {

constexpr int kFrames = 120, kSide = 24;

// A picture of its own for each view; those of angles that are near each other are alike.
Image view(double angle, uint64_t scene, double noise = 0, uint64_t seed = 0) {
  Image image(kSide, kSide);
  world::Random random(scene), dust(seed);
  std::vector<double> wall(40);
  for (double& stone : wall) stone = random.between(40, 215);
  const double phase = random.between(0, 99) / 10.0;  // stones of two scenes do not line up
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) {
        const double at = (angle * 0.4 + phase + x) / 5;  // smooth from one stone to the next
        const auto next = static_cast<size_t>(at);
        const double way = at - std::floor(at),
                     stone = wall[next] * (1 - way) + wall[next + 1] * way;
        image.rgb[static_cast<size_t>((y * kSide + x) * 3 + c)] =
            static_cast<uint8_t>(stone * (3 + c) / 5 + noise * dust.between(-10, 10));
      }
  return image;
}

// Out to 40, back to 0 and out again: every view between comes back.
double angle_at(int frame) {
  const int t = frame % 80;
  return t < 40 ? t : 80 - t;
}

std::vector<Return> returns() {
  std::vector<Return> all;
  for (int first = 5; first < 35; ++first) all.push_back({first, first, first + 80});
  return all;
}

std::map<std::string, std::optional<double>> measured(const std::function<Image(int)>& frame) {
  Networks networks;
  NmrMeasure nmr({Metric::Nmr}, networks, returns());
  for (int t = 0; t < kFrames; ++t) nmr.add(frame(t));
  VideoScores video;
  nmr.finish(video);
  std::map<std::string, std::optional<double>> scores;
  for (const auto& score : video.scores) scores[score.metric] = score.value;
  return scores;
}

}  // namespace

CATCH_TEST_CASE("A video that shows the place as it was gains, videos that invent one do not") {
  const auto kept = measured([](int t) { return view(angle_at(t), 1, 0.2, 100 + t); });
  for (const std::string metric : {"nmr_psnr", "nmr_ssim"}) {
    CATCH_CAPTURE(metric);
    CATCH_CHECK(kept.at(metric).value() > 0.9);
    CATCH_CHECK(kept.at(metric + "_gain").value() ==
                Approx(*kept.at(metric + "_return") - *kept.at(metric + "_baseline")));
    CATCH_CHECK(kept.at(metric).value() ==
                Approx(*kept.at(metric + "_gain") /
                       (*kept.at(metric + "_near") - *kept.at(metric + "_baseline"))));
  }
  std::map<std::string, double> invented;
  for (uint64_t scene = 0; scene < 40; ++scene)
    for (const auto& [metric, value] :
         measured([&](int t) { return view(angle_at(t), 2 * scene + (t < 60 ? 3 : 4)); }))
      invented[metric] += value.value_or(0);
  for (const std::string metric : {"nmr_psnr", "nmr_ssim"}) {
    CATCH_CAPTURE(metric);
    const double gain = invented.at(metric + "_gain");
    CATCH_CHECK(std::abs(gain) <
                0.1 * (invented.at(metric + "_near") - invented.at(metric + "_baseline")));
  }
}

CATCH_TEST_CASE("A frozen video gains nothing, though each return is perfect") {
  const auto frozen = measured([](int) { return view(0, 1); });
  CATCH_CHECK(frozen.at("nmr_psnr_return") == kPsnrOfEqualFrames);
  CATCH_CHECK(frozen.at("nmr_psnr_gain") == 0.0);
  CATCH_CHECK(frozen.at("nmr_ssim_gain") == 0.0);
  CATCH_CHECK_FALSE(frozen.at("nmr_psnr").has_value());
  CATCH_CHECK_FALSE(frozen.at("nmr_ssim").has_value());
}

CATCH_TEST_CASE("R, B and S are the means over their pairs, and the range is the video's weight") {
  const auto frame = [](int t) { return view(angle_at(t), 1, 1, 7 + t); };
  const auto pairs = control_pairs(returns(), kFrames);
  const auto mean = [&](const std::vector<FramePair>& some) {
    double sum = 0;
    for (const auto& pair : some) {
      const Image a = frame(static_cast<int>(pair.earlier)),
                  b = frame(static_cast<int>(pair.later));
      sum += ssim(view_of(a), view_of(b));
    }
    return sum / static_cast<double>(some.size());
  };
  const auto scores = measured(frame);
  CATCH_CHECK(scores.at("nmr_ssim_return").value() == Approx(mean(pairs.returns)));
  CATCH_CHECK(scores.at("nmr_ssim_baseline").value() == Approx(mean(pairs.baseline)));
  CATCH_CHECK(scores.at("nmr_ssim_near").value() == Approx(mean(pairs.near)));
}

CATCH_TEST_CASE("Without a return, or a pair to hold it against, there are names and no numbers") {
  Networks networks;
  for (const auto& some : {std::vector<Return>{}, std::vector<Return>{{0, 0, 20}}}) {
    NmrMeasure nmr({Metric::Nmr}, networks, some);
    for (int t = 0; t < 24; ++t) nmr.add(view(t, 1));
    VideoScores video;
    nmr.finish(video);
    CATCH_CHECK(video.scores.size() == 10);
    for (const auto& score : video.scores) CATCH_CHECK_FALSE(score.value.has_value());
  }
}
