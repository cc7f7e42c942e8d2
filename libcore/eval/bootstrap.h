// Means with intervals. The unit is the episode, never the frame (metrics.md section 5).
#pragma once
#include <cstdint>
#include <vector>

namespace svg::eval {

struct Interval {
  double mean = 0, low = 0, high = 0;  // percentile 95 % interval
  int64_t n = 0;                       // episodes that count
};

// Over the values that are not NaN (an episode without a query has no score). 10,000 resamples from
// a fixed seed.
Interval bootstrap_mean(const std::vector<double>& per_episode, uint64_t seed = 0);

// Mean of a[i] - b[i] over the episodes where both are numbers: the same resample for both rows.
Interval bootstrap_difference(const std::vector<double>& a, const std::vector<double>& b,
                              uint64_t seed = 0);

}  // namespace svg::eval
