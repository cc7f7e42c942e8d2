// What a return is held against: rules of R2M-Bench's pair sampling, on returns drawn at random.
#include "libcore/eval/videos/control_pairs.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "libcore/world/random.h"
#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
using namespace svg::eval;

namespace {

std::vector<Return> drawn_returns(uint64_t seed, int frames, int count) {
  world::Random random(seed);
  std::vector<Return> returns;
  for (int i = 0; i < count; ++i) {
    const int first = random.between(0, frames - 60);
    returns.push_back({i, first, random.between(first + 40, frames - 1)});
  }
  return returns;
}

std::set<int64_t> frames_of(const std::vector<FramePair>& pairs) {
  std::set<int64_t> frames;
  for (const auto& pair : pairs) frames.insert({pair.earlier, pair.later});
  return frames;
}

}  // namespace

CATCH_TEST_CASE("A baseline is as far apart as its return, begins as early, and is no return") {
  int matched = 0, asked = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CATCH_CAPTURE(seed);
    const int frames = 200 + static_cast<int>(seed) * 17;
    const auto pairs = control_pairs(drawn_returns(seed, frames, 12), frames);
    const auto returning = frames_of(pairs.returns);
    asked += static_cast<int>(pairs.returns.size());
    matched += static_cast<int>(pairs.baseline.size());
    std::set<std::pair<int64_t, int64_t>> once;
    for (const auto& b : pairs.baseline) {
      CATCH_CHECK(once.insert({b.earlier, b.later}).second);
      CATCH_CHECK((0 <= b.earlier && b.earlier < b.later && b.later < frames));
      CATCH_CHECK((!returning.count(b.earlier) && !returning.count(b.later)));
      // Which return it belongs to is not told: one of them has its gap and its tenth.
      const int64_t tenth = (frames + 9) / 10;
      CATCH_CHECK(std::any_of(pairs.returns.begin(), pairs.returns.end(), [&](const FramePair& r) {
        const double most = std::max(10.0, std::nearbyint(0.3 * static_cast<double>(r.gap())));
        return std::abs(static_cast<double>(b.gap() - r.gap())) <= most &&
               b.earlier / tenth == r.earlier / tenth;
      }));
      for (const auto& r : pairs.returns)
        CATCH_CHECK((std::abs(b.earlier - r.earlier) > 10 || std::abs(b.later - r.later) > 10));
    }
  }
  CATCH_CHECK(matched > asked * 9 / 10);
}

CATCH_TEST_CASE(
    "Where every frame comes back, a baseline is made of such frames, far from returns") {
  // A walk that turns on the spot, 96 frames a turn: no frame is in no return.
  std::vector<Return> returns;
  for (int64_t frame = 96; frame < 288; ++frame) returns.push_back({frame % 96, frame % 96, frame});
  const auto pairs = control_pairs(returns, 288);
  CATCH_CHECK(pairs.returns.size() == 100);
  CATCH_REQUIRE(pairs.baseline.size() >= 90);
  for (const auto& b : pairs.baseline) {
    // Views more than 10 frames of turning apart, whatever the turn.
    const int64_t off = b.gap() % 96;
    CATCH_CHECK((off > 10 && off < 86));
  }
}

CATCH_TEST_CASE("Nothing is a baseline where the video is too short for one") {
  const auto pairs = control_pairs({{0, 0, 20}}, 24);
  CATCH_CHECK((pairs.returns == std::vector<FramePair>{{0, 20}}));
  CATCH_CHECK(pairs.baseline.empty());
}

CATCH_TEST_CASE("Near pairs are a few frames apart, all over the video") {
  for (const int64_t frames : {30, 288, 1024}) {
    CATCH_CAPTURE(frames);
    const auto pairs = control_pairs({{0, 0, 25}}, frames);
    CATCH_CHECK(pairs.near.size() == 20);
    CATCH_CHECK(pairs.near.front().earlier == 0);
    CATCH_CHECK(pairs.near.back().earlier == frames - 3);
    std::set<int64_t> gaps;
    for (const auto& pair : pairs.near) {
      CATCH_CHECK((pair.gap() >= 2 && pair.gap() <= std::max<int64_t>(6, frames / 50)));
      CATCH_CHECK(pair.later < frames);
      gaps.insert(pair.gap());
    }
    CATCH_CHECK(gaps.size() >= 4);
  }
}

CATCH_TEST_CASE("Returns count once, whichever frame is named first, and short ones not at all") {
  const auto pairs = control_pairs({{0, 5, 50}, {1, 50, 5}, {2, 5, 50}, {3, 7, 12}}, 100);
  CATCH_CHECK((pairs.returns == std::vector<FramePair>{{5, 50}}));
  const auto failure = test::failure_of([] { control_pairs({{0, 5, 100}}, 100); });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("frame 100"));
}
