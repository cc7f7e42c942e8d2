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

// The mean of values that count by weights, sum(w v) / sum(w): a resample draws both together. Over
// the values that are not NaN; weights above 0.
Interval bootstrap_weighted_mean(const std::vector<double>& per_episode,
                                 const std::vector<double>& weights, uint64_t seed = 0);

// Mean of a[i] - b[i] over the episodes where both are numbers: the same resample for both rows.
Interval bootstrap_difference(const std::vector<double>& a, const std::vector<double>& b,
                              uint64_t seed = 0);

// How probable a difference as large in either direction is where nothing but chance tells a from
// b: the paired permutation test (each difference keeps its size and loses its sign), exact up to
// 13 episodes, else of 10,000 draws. 1 where no episode counts.
double paired_p_value(const std::vector<double>& a, const std::vector<double>& b,
                      uint64_t seed = 0);

// Holm's correction of the p-values of one family of comparisons (S. Holm 1979), in their order.
std::vector<double> holm_corrected(const std::vector<double>& p_values);

}  // namespace svg::eval
