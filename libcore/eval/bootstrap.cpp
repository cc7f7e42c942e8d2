#include "libcore/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libcore/world/random.h"

namespace svg::eval {

namespace {

constexpr int64_t kResamples = 10000;

}  // namespace

Interval bootstrap_mean(const std::vector<double>& per_episode, uint64_t seed) {
  std::vector<double> values;
  for (const double v : per_episode) {
    if (!std::isnan(v)) values.push_back(v);
  }
  Interval out;
  out.n = static_cast<int64_t>(values.size());
  if (values.empty()) {
    out.mean = out.low = out.high = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  for (const double v : values) out.mean += v / static_cast<double>(values.size());
  world::Random random(seed);
  std::vector<double> means(kResamples);
  for (double& mean : means) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i)
      sum += values[random.below(static_cast<uint32_t>(values.size()))];
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  out.low = means[kResamples * 25 / 1000];
  out.high = means[kResamples * 975 / 1000 - 1];
  return out;
}

Interval bootstrap_difference(const std::vector<double>& a, const std::vector<double>& b,
                              uint64_t seed) {
  std::vector<double> difference;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) difference.push_back(a[i] - b[i]);
  return bootstrap_mean(difference, seed);
}

}  // namespace svg::eval
