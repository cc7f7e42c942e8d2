#include "libcore/video/frame_rate.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace svg::video {

FrameRate frame_rate_of(const FrameTimes& frames, double nominal) {
  FrameRate rate;
  std::vector<double> times = frames.times;
  const double tick = frames.tick;
  if (times.size() < 2) return rate;
  std::sort(times.begin(), times.end());
  const double gaps = static_cast<double>(times.size() - 1), span = times.back() - times.front();
  if (span <= 0) return rate;
  rate.shortest = span;
  for (size_t i = 1; i < times.size(); ++i) {
    rate.shortest = std::min(rate.shortest, times[i] - times[i - 1]);
    rate.longest = std::max(rate.longest, times[i] - times[i - 1]);
  }
  const bool closed = frames.last > 0 && frames.last <= 2 * rate.longest;
  const double mean = closed ? (span + frames.last) / (gaps + 1) : span / gaps;
  const bool steady =
      rate.longest - mean <= 0.5 * mean + tick && mean - rate.shortest <= 0.5 * mean + tick;
  const bool agrees =
      nominal > 0 && std::abs(span - gaps / nominal) <= 0.01 * gaps / nominal + 1.01 * tick;
  rate.fps = agrees ? nominal : 1 / mean;
  rate.variable = !steady && !(agrees && rate.longest < 0.5);
  return rate;
}

void Resampler::push(Image frame, int64_t tick) {
  if (!started_) {
    next_tick_ = tick;
    started_ = true;
    held_ = std::move(frame);
    return;
  }
  following_ = std::move(frame);
  held_until_ = tick;
}

void Resampler::finish(int64_t end_tick) {
  finished_ = true;
  held_until_ = given_ ? end_tick : std::max(end_tick, next_tick_ + 1);
}

std::optional<Image> Resampler::next() {
  if (!held_) return std::nullopt;
  if ((following_ || finished_) && next_tick_ < held_until_) {
    ++next_tick_;
    given_ = true;
    return held_;
  }
  if (following_) held_ = std::exchange(following_, std::nullopt);
  else if (finished_) held_.reset();
  return std::nullopt;
}

}  // namespace svg::video
