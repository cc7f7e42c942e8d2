#include "libcore/eval/videos/control_pairs.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "libcore/base/error.h"
#include "libcore/world/random.h"

namespace svg::eval {
namespace {

constexpr int64_t kRadius = 10;          // frames: pairs nearer than that overlap
constexpr int64_t kLeastTolerance = 10;  // frames
constexpr double kTolerance = 0.3;       // of the gap
constexpr int64_t kTenths = 10;
constexpr int64_t kMostReturns = 100, kLeastNear = 20, kMostNear = 100;
constexpr int64_t kLeastNearGap = 2;

int64_t most_near_gap(int64_t frame_count) {
  return std::max<int64_t>(6, frame_count / 50);
}

world::Random random_of(const FramePair& pair) {
  return world::Random(0).fork(
      "nmr_v1", static_cast<uint64_t>(pair.earlier) << 32 | static_cast<uint64_t>(pair.later));
}

// `most` of the things, evenly, the first and the last among them.
template <class T>
std::vector<T> evenly(std::vector<T> things, int64_t most) {
  const auto count = static_cast<int64_t>(things.size());
  if (count <= most) return things;
  std::vector<T> some;
  for (int64_t i = 0; i < most; ++i)
    some.push_back(things[static_cast<size_t>(
        std::llround(static_cast<double>(i * (count - 1)) / static_cast<double>(most - 1)))]);
  return some;
}

// Chooses the baseline of one return after the other.
class Baselines {
 public:
  // `places`: frames that show the same, for each place that comes back.
  Baselines(const std::map<int64_t, std::set<int64_t>>& places, int64_t frame_count)
      : frame_count_(frame_count), same_(static_cast<size_t>(frame_count)) {
    for (const auto& [place, frames] : places) {
      returning_.insert(frames.begin(), frames.end());
      for (auto earlier = frames.begin(); earlier != frames.end(); ++earlier)
        same_[static_cast<size_t>(*earlier)].insert(std::next(earlier), frames.end());
    }
  }

  std::vector<FramePair> choose(const std::vector<FramePair>& returns) {
    for (const auto& pair : returns)
      if (!add(pair, false)) add(pair, true);
    return chosen_;
  }

 private:
  bool may_be(int64_t frame, bool any) const { return any || !returning_.count(frame); }

  // Frames around the return's first in which its baseline may begin.
  std::vector<int64_t> anchors(const FramePair& pair, bool any) const {
    const int64_t tenth = (frame_count_ + kTenths - 1) / kTenths, middle = pair.earlier / tenth;
    std::vector<int64_t> frames;
    for (int64_t reach = 0; reach <= kTenths && frames.size() < 2; ++reach) {
      frames.clear();
      const int64_t begin = std::max<int64_t>(0, middle - reach) * tenth;
      const int64_t end = std::min(frame_count_, (middle + reach + 1) * tenth);
      for (int64_t frame = begin; frame < end; ++frame)
        if (may_be(frame, any)) frames.push_back(frame);
    }
    return frames;
  }

  // Both ends within kRadius of those of two frames that show the same.
  bool may_show_return(const FramePair& pair) const {
    const int64_t end = std::min(frame_count_, pair.earlier + kRadius + 1);
    for (int64_t near = std::max<int64_t>(0, pair.earlier - kRadius); near < end; ++near) {
      const auto& laters = same_[static_cast<size_t>(near)];
      const auto later = laters.lower_bound(pair.later - kRadius);
      if (later != laters.end() && *later <= pair.later + kRadius) return true;
    }
    return false;
  }

  bool fits(const FramePair& pair, bool any) const {
    return pair.gap() > 0 && pair.later < frame_count_ && may_be(pair.later, any) &&
           !used_.count({pair.earlier, pair.later}) && !may_show_return(pair);
  }

  bool add(const FramePair& pair, bool any) {
    const auto frames = anchors(pair, any);
    const int64_t most = std::max(
        kLeastTolerance,
        static_cast<int64_t>(std::nearbyint(kTolerance * static_cast<double>(pair.gap()))));
    std::vector<FramePair> fitting;
    for (int64_t off = 0; off <= most && fitting.empty(); ++off) {
      for (const int64_t frame : frames) {
        for (const int64_t gap : {pair.gap() - off, pair.gap() + off}) {
          const FramePair candidate{frame, frame + gap};
          if (fits(candidate, any)) fitting.push_back(candidate);
          if (off == 0) break;
        }
      }
    }
    if (fitting.empty()) return false;
    auto random = random_of(pair);
    chosen_.push_back(fitting[random.below(static_cast<uint32_t>(fitting.size()))]);
    used_.insert({chosen_.back().earlier, chosen_.back().later});
    return true;
  }

  int64_t frame_count_;
  std::set<int64_t> returning_;
  std::vector<std::set<int64_t>> same_;  // by frame: later ones that show the same
  std::set<std::pair<int64_t, int64_t>> used_;
  std::vector<FramePair> chosen_;
};

std::vector<FramePair> near_pairs(int64_t frame_count, int64_t return_count) {
  std::vector<int64_t> anchors;
  for (int64_t frame = 0; frame + kLeastNearGap < frame_count; ++frame) anchors.push_back(frame);
  std::vector<FramePair> pairs;
  for (const int64_t frame : evenly(anchors, std::clamp(return_count, kLeastNear, kMostNear))) {
    const int64_t most = std::min(most_near_gap(frame_count), frame_count - 1 - frame);
    auto random = random_of({frame, frame});
    pairs.push_back(
        {frame, frame + random.between(static_cast<int>(kLeastNearGap), static_cast<int>(most))});
  }
  return pairs;
}

}  // namespace

ControlPairs control_pairs(const std::vector<Return>& returns, int64_t frame_count) {
  std::set<std::pair<int64_t, int64_t>> different;
  std::map<int64_t, std::set<int64_t>> places;  // by the first frame of each
  for (const auto& visit : returns) {
    if (visit.shifted) continue;
    for (const int64_t frame : {visit.first, visit.again})
      require(frame >= 0 && frame < frame_count, ErrorKind::Data, "frame ", frame,
              " is of a visit, but there are ", frame_count);
    const auto [earlier, later] = std::minmax(visit.first, visit.again);
    if (later - earlier > most_near_gap(frame_count)) different.insert({earlier, later});
    places[visit.first].insert({visit.first, visit.again});
  }
  std::vector<FramePair> all;
  for (const auto& [earlier, later] : different) all.push_back({earlier, later});
  ControlPairs pairs;
  pairs.returns = evenly(all, kMostReturns);
  pairs.baseline = Baselines(places, frame_count).choose(pairs.returns);
  pairs.near = near_pairs(frame_count, static_cast<int64_t>(pairs.returns.size()));
  return pairs;
}

}  // namespace svg::eval
