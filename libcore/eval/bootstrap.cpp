#include "libcore/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "libcore/world/random.h"

namespace svg::eval {

namespace {

constexpr int64_t kResamples = 10000;
constexpr size_t kExact = 13;  // 2^13 signs are fewer than the draws

// a[i] - b[i] where both are numbers.
std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (!std::isnan(a[i] - b[i])) out.push_back(a[i] - b[i]);
  return out;
}

}  // namespace

Interval bootstrap_mean(const std::vector<double>& per_episode, uint64_t seed) {
  return bootstrap_weighted_mean(per_episode, std::vector<double>(per_episode.size(), 1.0), seed);
}

Interval bootstrap_weighted_mean(const std::vector<double>& per_episode,
                                 const std::vector<double>& weights, uint64_t seed) {
  std::vector<double> values, counts;
  double all = 0;
  for (size_t i = 0; i < per_episode.size(); ++i) {
    if (std::isnan(per_episode[i])) continue;
    values.push_back(per_episode[i]);
    counts.push_back(weights[i]);
    all += weights[i];
  }
  Interval out;
  out.n = static_cast<int64_t>(values.size());
  if (values.empty()) {
    out.mean = out.low = out.high = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  for (size_t i = 0; i < values.size(); ++i) out.mean += values[i] * counts[i] / all;
  world::Random random(seed);
  std::vector<double> means(kResamples);
  for (double& mean : means) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t drawn = random.below(static_cast<uint32_t>(values.size()));
      sum += values[drawn] * counts[drawn];
      weight += counts[drawn];
    }
    mean = sum / weight;
  }
  std::sort(means.begin(), means.end());
  out.low = means[kResamples * 25 / 1000];
  out.high = means[kResamples * 975 / 1000 - 1];
  return out;
}

Interval bootstrap_difference(const std::vector<double>& a, const std::vector<double>& b,
                              uint64_t seed) {
  return bootstrap_mean(differences(a, b), seed);
}

double paired_p_value(const std::vector<double>& a, const std::vector<double>& b, uint64_t seed) {
  const auto values = differences(a, b);
  if (values.empty()) return 1;
  double observed = 0, scale = 0;
  for (const double v : values) observed += v, scale += std::abs(v);
  // Sums of the same numbers in other orders differ by rounding.
  const double least = std::abs(observed) - 1e-12 * scale;
  const bool exact = values.size() <= kExact;
  const int64_t draws = exact ? int64_t{1} << values.size() : kResamples;
  world::Random random(seed);
  int64_t as_large = 0;
  for (int64_t draw = 0; draw < draws; ++draw) {
    double sum = 0;
    uint64_t signs = static_cast<uint64_t>(draw);
    for (size_t i = 0; i < values.size(); ++i) {
      if (!exact && i % 64 == 0) signs = random.next();
      sum += signs >> (i % 64) & 1 ? values[i] : -values[i];
    }
    as_large += std::abs(sum) >= least;
  }
  // What was observed is one of the draws.
  return exact ? static_cast<double>(as_large) / static_cast<double>(draws)
               : static_cast<double>(as_large + 1) / static_cast<double>(draws + 1);
}

std::vector<double> holm_corrected(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t x, size_t y) { return p_values[x] < p_values[y]; });
  std::vector<double> corrected(p_values.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(order.size() - i) * p_values[order[i]]);
    corrected[order[i]] = std::min(1.0, largest);
  }
  return corrected;
}

}  // namespace svg::eval
