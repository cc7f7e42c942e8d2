#include "libcore/eval/pixels/warp_error.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace svg::eval {
namespace {

constexpr double kCoefficient = 9.5;    // the reference's
constexpr double kLeastMotion = 1e-6;   // pixels
constexpr double kFastest = 0.05;       // of the pixels
constexpr double kDynamicPixels = 6.0;  // of 256

std::vector<double> lengths_of(const FlowView& flow) {
  std::vector<double> lengths;
  const float *right = flow.data, *down = flow.data + flow.pixel_count();
  for (int64_t i = 0; i < flow.pixel_count(); ++i)
    if (std::isfinite(right[i]) && std::isfinite(down[i]))
      lengths.push_back(
          std::sqrt(double{right[i]} * double{right[i]} + double{down[i]} * double{down[i]}));
  return lengths;
}

double mean_of(const std::vector<double>& values, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += values[i];
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

// Where `from` lands in [0, size); -1 outside, and for NaN. In float, as the reference adds.
int64_t landing(int from, float by, int size) {
  const float to = std::nearbyint(static_cast<float>(from) + by);
  return to >= 0 && to < static_cast<float>(size) ? static_cast<int64_t>(to) : -1;
}

}  // namespace

double warp_error(const ByteFrame& from, const ByteFrame& to, const FlowView& flow) {
  check_same_size(from, to);
  require(from.height == flow.height && from.width == flow.width, ErrorKind::Config, "frames of ",
          from.width, "x", from.height, " and flow of ", flow.width, "x", flow.height,
          " do not go together");
  constexpr int64_t kNothing = -1;
  std::vector<int64_t> landed(static_cast<size_t>(to.pixel_count()), kNothing);  // pixel of `from`
  const float *right = flow.data, *down = flow.data + flow.pixel_count();
  for (int y = 0; y < from.height; ++y) {
    for (int x = 0; x < from.width; ++x) {
      const int64_t i = int64_t{y} * from.width + x;
      const int64_t to_x = landing(x, right[i], from.width),
                    to_y = landing(y, down[i], from.height);
      if (to_x >= 0 && to_y >= 0) landed[static_cast<size_t>(to_y * from.width + to_x)] = i;
    }
  }
  int64_t sum = 0, values = 0;
  for (int64_t j = 0; j < to.pixel_count(); ++j) {
    const int64_t i = landed[static_cast<size_t>(j)];
    if (i == kNothing) continue;
    for (int64_t c = 0; c < kColors; ++c) {
      const int64_t difference = to.data[j * kColors + c] - from.data[i * kColors + c];
      sum += difference * difference;
    }
    values += kColors;
  }
  return values > 0 ? static_cast<double>(sum) / static_cast<double>(values) : 0;
}

double mean_motion(const FlowView& flow) {
  const auto lengths = lengths_of(flow);
  return mean_of(lengths, lengths.size());
}

double fastest_motion(const FlowView& flow) {
  auto lengths = lengths_of(flow);
  const auto some = std::min(
      lengths.size(),
      std::max<size_t>(1, static_cast<size_t>(static_cast<double>(lengths.size()) * kFastest)));
  std::partial_sort(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(some),
                    lengths.end(), std::greater<>());
  return mean_of(lengths, some);
}

std::optional<double> motion_aware(double error, double motion) {
  if (motion < kLeastMotion) return std::nullopt;
  return error / (kCoefficient * motion);
}

bool is_dynamic(const std::vector<double>& fastest, int64_t frames, int least_side) {
  const double limit = kDynamicPixels * least_side / 256;
  const auto moving =
      std::count_if(fastest.begin(), fastest.end(), [&](double v) { return v > limit; });
  return static_cast<double>(moving) >=
         std::max(1.0, std::nearbyint(4 * static_cast<double>(frames) / 16));
}

}  // namespace svg::eval
