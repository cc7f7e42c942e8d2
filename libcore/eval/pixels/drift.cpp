#include "libcore/eval/pixels/drift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace svg::eval {

std::optional<double> slope(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const double centre = static_cast<double>(values.size() - 1) / 2;
  double product = 0, square = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i) - centre;
    product += x * values[i];
    square += x * x;
  }
  return product / square;
}

std::optional<double> start_end_contrast(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const auto count = static_cast<std::ptrdiff_t>(std::max<size_t>(1, values.size() * 15 / 100));
  const double start = std::accumulate(values.begin(), values.begin() + count, 0.0);
  const double end = std::accumulate(values.end() - count, values.end(), 0.0);
  return std::abs(start - end) / static_cast<double>(count);
}

std::optional<double> worst_of(const std::vector<double>& values, Worst worst) {
  if (values.empty()) return std::nullopt;
  if (worst == Worst::Least) return *std::min_element(values.begin(), values.end());
  return *std::max_element(values.begin(), values.end(),
                           [](double a, double b) { return std::abs(a) < std::abs(b); });
}

int64_t frames_until_below(const std::vector<double>& values, double limit) {
  return std::find_if(values.begin(), values.end(), [&](double v) { return v < limit; }) -
         values.begin();
}

}  // namespace svg::eval
