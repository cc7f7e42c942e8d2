#include "libcore/eval/pixels/scene_cuts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace svg::eval {
namespace {

constexpr double kContentThreshold = 27;
constexpr double kAdaptiveThreshold = 3, kLeastContent = 15, kMostRatio = 255;
constexpr size_t kReach = 2;  // frames on either side that a score is compared with

// As NumPy's: between the two middle values where their number is even.
std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

double ContentScores::next(const ByteFrame& frame) {
  const bool first = previous_.empty();
  require(frame.pixel_count() > 0 && (first || (frame.height == height_ && frame.width == width_)),
          ErrorKind::Config, "a frame of ", frame.width, "x", frame.height, " after ", width_, "x",
          height_, " cannot be compared");
  height_ = frame.height;
  width_ = frame.width;
  const auto count = static_cast<size_t>(frame.pixel_count());
  current_.resize(count);
  int64_t hue = 0, saturation = 0, value = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* rgb = frame.data + i * kColors;
    const Hsv now = current_[i] = hsv_from_rgb(rgb[0], rgb[1], rgb[2]);
    if (first) continue;
    const Hsv before = previous_[i];
    hue += std::abs(now.hue - before.hue);
    saturation += std::abs(now.saturation - before.saturation);
    value += std::abs(now.value - before.value);
  }
  previous_.swap(current_);
  const auto mean = [&](int64_t sum) {
    return static_cast<double>(sum) / static_cast<double>(count);
  };
  return (mean(hue) + mean(saturation) + mean(value)) / 3;
}

std::optional<int64_t> ContentCuts::next(double score) {
  const int64_t t = frame_++;
  const bool above = score >= kContentThreshold;
  const bool far = t - last_above_ >= kLeastScene;
  if (above) last_above_ = t;
  if (merging_) {
    if (!far || above || last_above_ - merge_start_ < kLeastScene) return std::nullopt;
    merging_ = false;
    return last_above_;
  }
  if (!above) return std::nullopt;
  if (far) {
    merge_enabled_ = true;
    return t;
  }
  if (merge_enabled_) {
    merging_ = true;
    merge_start_ = t;
  }
  return std::nullopt;
}

std::optional<int64_t> AdaptiveCuts::next(double score) {
  std::rotate(window_.begin(), window_.begin() + 1, window_.end());
  window_.back() = score;
  const int64_t newest = frame_++;
  if (newest + 1 < static_cast<int64_t>(window_.size())) return std::nullopt;
  const int64_t t = newest - static_cast<int64_t>(kReach);
  const double content = window_[kReach];
  const double around = (window_[0] + window_[1] + window_[3] + window_[4]) / (2 * kReach);
  const double ratio = std::abs(around) >= 1e-5   ? std::min(content / around, kMostRatio)
                       : content >= kLeastContent ? kMostRatio
                                                  : 0;
  if (ratio < kAdaptiveThreshold || content < kLeastContent || t - last_cut_ < kLeastScene)
    return std::nullopt;
  last_cut_ = t;
  return t;
}

std::optional<double> seam_ratio(const std::vector<double>& scores,
                                 const std::vector<bool>& border) {
  std::vector<double> at_border, inside;
  for (size_t t = 1; t < scores.size(); ++t) (border[t] ? at_border : inside).push_back(scores[t]);
  const auto outer = median(std::move(at_border)), inner = median(std::move(inside));
  if (!outer || !inner || *inner == 0) return std::nullopt;
  return *outer / *inner;
}

}  // namespace svg::eval
